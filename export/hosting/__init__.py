"""Serves a published collection by the hosting protocol of tfhub.dev."""
