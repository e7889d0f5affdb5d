"""Writes what a module computes for the images of a folder as a table."""
