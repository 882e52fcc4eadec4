"""Scans and pictures, with rapidocr: lines, paragraphs and tables, each character with its box."""
