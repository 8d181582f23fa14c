"""What notes does, free of HTTP."""
