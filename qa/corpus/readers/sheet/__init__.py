"""Reads sheet; `reader.read` is what the others are for."""
