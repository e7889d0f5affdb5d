"""The network of the fuzz tests."""

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
