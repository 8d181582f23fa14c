"""The notes that processes leave of themselves, and what follows from those that died."""
