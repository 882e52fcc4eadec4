"""Word (.docx), with lxml: structure, automatic numbers, tables, notes, changes as accepted."""
