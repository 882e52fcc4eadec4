"""Reads word; `reader.read` is what the others are for."""
