"""The inverted index: which sentences hold which words, and how well passages match."""
