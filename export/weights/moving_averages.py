"""What to do with the moving averages that a checkpoint holds beside its variables."""

from __future__ import annotations

# Take a variable's moving average where the checkpoint has one.
AUTO = "auto"
# Take the raw values.
NEVER = "never"
CHOICES = (AUTO, NEVER)
