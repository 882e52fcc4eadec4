"""The list that is asked for, with all its items."""
