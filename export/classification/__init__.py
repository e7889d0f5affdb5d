"""Classifies photographs with a module."""
