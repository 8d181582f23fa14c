"""A module that uses the hub's own files, in every way there is to import them."""
