"""A module whose wheel has no manifest, as nothing lists it under package-data."""
