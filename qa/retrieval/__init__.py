"""A question finds the best passages."""
