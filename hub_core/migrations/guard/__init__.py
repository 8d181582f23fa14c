"""Hold a migration to the tables of its module: what it touched is seen in the database, not in its text."""
