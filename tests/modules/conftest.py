"""Sample modules bring tests of their own; those run where the module is installed, not here."""

collect_ignore_glob = ["*/tests/*"]
