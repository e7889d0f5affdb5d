"""The values of `--moving_averages`."""

from __future__ import annotations

# Take a variable's moving average where the checkpoint has one.
AUTO = "auto"
# Take the raw values.
NEVER = "never"
CHOICES = (AUTO, NEVER)
