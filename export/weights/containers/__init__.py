"""Readers of the file formats that hold weights: arrays by the names in the file."""
