"""The documents that ship with the program, described in corpus.toml."""
