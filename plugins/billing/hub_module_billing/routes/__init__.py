"""How billing is reached over HTTP."""
