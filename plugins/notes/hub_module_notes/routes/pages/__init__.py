"""HTML pages, under ``/notes``."""
