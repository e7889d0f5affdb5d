"""A list of modules becomes a folder of published ones."""
