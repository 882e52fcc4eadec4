"""Reads slides; `reader.read` is what the others are for."""
