"""Turns text into unit vectors, and unit vectors into the nearest rows."""
