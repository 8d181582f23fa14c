"""What payments does, free of HTTP. This package must import nothing: the module's top level comes through here."""
