"""Measures how well questions are answered: gold pairs for the seeds, SQuAD-format files."""
