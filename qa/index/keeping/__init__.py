"""Documents come, change and go: what files there are, and what of them the library holds."""
