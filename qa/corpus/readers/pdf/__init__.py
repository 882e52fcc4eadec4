"""PDF, with pypdfium2: lines, paragraphs, tables and headings from where characters stand."""
