"""Pages for browsers: of each module, and of the collection."""
