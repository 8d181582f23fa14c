"""What requests to billing carry and what the answers look like."""
