"""Reads pdf; `reader.read` is what the others are for."""
