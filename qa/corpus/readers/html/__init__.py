"""HTML, with lxml: the main text of a page, its headings, lists and tables."""
