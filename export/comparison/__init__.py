"""Compares two modules: what they say, their variables, and what they compute."""
