"""Small variants, and processes that know them.

Programs build and verify them in seconds.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib

from efficientnet_hub.efficientnet import config

_SITECUSTOMIZE = pathlib.Path(__file__).resolve().parent / "small_variants"


def _shrink(model: str, name: str) -> config.NetworkConfig:
    return dataclasses.replace(
        config.get_config(model),
        name=name,
        width_coefficient=0.25,
        depth_coefficient=0.5,
        stem_filters=8,
        head_filters=64,
        image_size=64,
    )


# The first one has all kinds of layers.
NETWORKS = {
    "efficientnet-small": _shrink("efficientnet-b0", "efficientnet-small"),
    "efficientnet-small-lite": _shrink("efficientnet-lite0", "efficientnet-small-lite"),
}


def add_variants(monkeypatch) -> None:
    """Makes them variants in this process, until the test ends."""
    for name, network in NETWORKS.items():
        monkeypatch.setitem(config.VARIANTS, name, network)


def environment(**variables: str) -> dict[str, str]:
    """Returns the environment of a process that knows the small variants.

    Args:
      **variables: further variables.
    """
    paths = [str(_SITECUSTOMIZE), os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(filter(None, paths))
    return dict(os.environ, PYTHONPATH=path, **variables)
