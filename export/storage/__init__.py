"""Writes and unpacks archives, and moves files to their destinations in one step."""
