"""Writes weights as a file of another library."""
