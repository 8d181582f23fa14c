"""What notes serves over HTTP."""
