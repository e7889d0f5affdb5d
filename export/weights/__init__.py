"""Readers of weights: the array of each variable by name, and where it comes from."""
