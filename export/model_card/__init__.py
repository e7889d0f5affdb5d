"""The documentation page of a module, in Markdown."""
