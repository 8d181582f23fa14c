"""The host of a package ecosystem for FastAPI."""
