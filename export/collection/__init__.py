"""Builds a list of modules into a folder of published ones."""
