"""Writes graphs and weights to a directory. Each format has a writer."""
