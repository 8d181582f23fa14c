"""What this module serves over HTTP."""
