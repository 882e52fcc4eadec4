"""Slides (.pptx), with python-pptx: titles, bullets, tables and notes in reading order."""
