"""The checksum of TensorFlow's files: CRC-32C, masked.

Source: `tsl/lib/hash/crc32c.h`.
"""

from __future__ import annotations

_POLYNOMIAL = 0x82F63B78  # Reversed.
_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8


def _make_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _make_table()


def masked(data: bytes) -> int:
    """Returns the checksum of bytes, which takes about 0.1 seconds for each MB."""
    crc = _ONES
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= _ONES
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ONES
