"""The commands at a terminal: what they print, their options, questions one after another."""
