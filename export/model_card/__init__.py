"""Renders the documentation page of a module, in Markdown."""
