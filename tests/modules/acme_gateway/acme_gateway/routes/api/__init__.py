"""The HTTP API, under ``/api/v1/acme_pay``."""
