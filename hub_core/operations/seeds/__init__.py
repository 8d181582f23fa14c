"""The rows that modules bring along: read from their files, put in order, and written once."""
