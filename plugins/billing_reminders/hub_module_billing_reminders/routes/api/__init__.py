"""The HTTP API, under ``/api/v1/billing_reminders``."""
