"""Puts modules where tensorflow_hub looks before it downloads them."""
