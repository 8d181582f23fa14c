"""What billing does, given a session: no FastAPI here, and nobody commits."""
