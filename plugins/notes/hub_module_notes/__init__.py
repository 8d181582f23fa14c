"""Notes: short texts that people write down and find again. The standard layout alone makes this a module."""
