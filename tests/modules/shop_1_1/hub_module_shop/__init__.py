"""A shop with items, lines and tags."""
