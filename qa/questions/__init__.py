"""What may be asked, and what a question asks for."""
