"""What is known of modules without importing them here: described by a probe, kept, and read again."""
