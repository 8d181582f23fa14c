"""Models, revisions and databases beside each other: their differences in words, written as revisions, examined."""
