"""What billing_reminders does, free of HTTP."""
