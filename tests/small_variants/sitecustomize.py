"""Adds two small variants to the table of variants.

Python imports a module of this name when it starts, so each process with this folder on
its PYTHONPATH knows them: 'efficientnet-small', which has all kinds of layers, and
'efficientnet-small-lite'. Programs build and verify them in seconds.
"""

from __future__ import annotations

import dataclasses

from efficientnet_hub.efficientnet import config

for _name, _model in (
    ("efficientnet-small", "efficientnet-b0"),
    ("efficientnet-small-lite", "efficientnet-lite0"),
):
    config.VARIANTS[_name] = dataclasses.replace(
        config.get_config(_model),
        name=_name,
        width_coefficient=0.25,
        depth_coefficient=0.5,
        stem_filters=8,
        head_filters=64,
        image_size=64,
    )
