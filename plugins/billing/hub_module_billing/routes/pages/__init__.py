"""The HTML pages under ``/billing``."""
