"""What the gradients of {"train"} compute again instead of keeping it in memory."""

from __future__ import annotations

SWISH = "swish"
NOTHING = "none"
RECOMPUTATIONS = (SWISH, NOTHING)
