"""HTML pages of modules and of a collection."""
