"""The module on disk: weights in, a directory out, and what looks after it."""
