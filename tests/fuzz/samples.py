"""The network of the fuzz tests, and CRC-32C."""

from __future__ import annotations

from efficientnet_hub.efficientnet import config as config_lib


def tiny_network() -> config_lib.NetworkConfig:
    """Returns a network of one narrow block."""
    return config_lib.get_config(
        "efficientnet-lite0",
        stages=(config_lib.StageConfig(1, 3, 1, 1, 8),),
        stem_filters=8,
        head_filters=8,
        image_size=32,
        num_classes=2,
    )


def crc32c(content: bytes) -> int:
    """Returns the CRC-32C (Castagnoli) of bytes, which TensorFlow's tables use."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF
