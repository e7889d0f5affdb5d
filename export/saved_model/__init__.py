"""Reads the files of a module without TensorFlow."""
