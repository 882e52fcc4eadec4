"""Passages become what is searched: vectors, postings, snapshots on disk."""
