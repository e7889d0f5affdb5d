"""Trains a module on a folder of photographs, and exports the result."""
