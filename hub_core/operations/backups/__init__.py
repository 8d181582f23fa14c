"""Recovery points and archives: written, listed, read, kept for a while, and restored."""
