"""Writes graphs and weights to a directory, one writer for each format."""
