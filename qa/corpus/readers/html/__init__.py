"""Reads html; `reader.read` is what the others are for."""
