"""Sheets (.xlsx with calamine, .csv): rows with the heads of their columns."""
