"""The signatures of a module, and the messages that are attached to it."""
