"""Documents and a question become a cited answer."""
