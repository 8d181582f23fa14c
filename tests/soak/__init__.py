"""A hub under load for some minutes: no error, no growth."""
