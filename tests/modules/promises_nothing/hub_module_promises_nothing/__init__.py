"""A module that says of nothing which versions it suits."""
