"""Watch a migration from a second session: what it waits for, and whether its server still answers."""
