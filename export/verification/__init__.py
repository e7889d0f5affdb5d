"""Checks what a module promises. Each promise has one check."""
