"""Exports, verifies, publishes and hosts modules."""
