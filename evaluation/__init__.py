"""Measures how well a network classifies photographs."""
