"""Files that are not text become text with its structure and, of pages, its place on them."""
