"""A file of the module itself."""

FIRST = 1
