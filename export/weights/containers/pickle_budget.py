"""Bounds what the pickles of a file may have together."""

from __future__ import annotations

# The pickle of a state dict has about 35 opcodes per tensor: 10,000 for
# EfficientNet-Lite0 and about 40,000 for B7. The limit bounds the memory that a file
# can claim: an opcode of one byte may create an object of 400 bytes.
MOST_OPCODES = 1 << 19
# The pickle of B7 has 0.5 MB. Decoded text may take four times its size.
MOST_BYTES = 1 << 24


class Budget:
    """What the pickles of a file may still have.

    Attributes:
      opcodes: the number of opcodes.
      bytes: the number of bytes.
    """

    def __init__(self) -> None:
        self.opcodes = MOST_OPCODES
        self.bytes = MOST_BYTES
