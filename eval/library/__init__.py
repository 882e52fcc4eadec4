"""Measures retrieval and answers on libraries: folders of documents with questions about them."""
