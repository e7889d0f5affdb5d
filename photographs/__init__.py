"""Reads photographs: which files a folder has, and their pixels."""
