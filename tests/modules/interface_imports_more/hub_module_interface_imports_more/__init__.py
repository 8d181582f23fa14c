"""A module whose interface needs a library, and a file of the module itself."""
