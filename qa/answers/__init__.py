"""Passages become an answer with citations, or an honest no."""
