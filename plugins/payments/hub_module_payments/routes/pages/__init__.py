"""HTML pages, under ``/payments``."""
