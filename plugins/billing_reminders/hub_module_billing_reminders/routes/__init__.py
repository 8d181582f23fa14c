"""What billing_reminders serves over HTTP."""
