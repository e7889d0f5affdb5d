"""Loads modules of any publisher, and computes their outputs for images."""
