"""Measures how well a module classifies the images of a folder."""
