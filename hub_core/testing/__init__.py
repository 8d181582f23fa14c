"""Public: what authors of modules test with. ``plugin`` is loaded by pytest, ``postgres_server`` works without it."""
