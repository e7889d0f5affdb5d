"""Holds a module against what it promises: one promise, one check."""
