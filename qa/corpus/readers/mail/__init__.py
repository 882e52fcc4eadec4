"""Reads mail; `reader.read` is what the others are for."""
