"""What the module promises: its signatures and the messages attached to it."""
