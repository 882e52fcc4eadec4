"""A library on disk: segments that never change, and the manifest that names them."""
