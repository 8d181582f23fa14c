"""What payments serves over HTTP."""
