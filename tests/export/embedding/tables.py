"""Runs `embed`, and reads its tables."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.embedding import options
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.embedding import module_embedding

IMAGES = 11
DAMAGED = b"\x89PNG\r\n\x1a\nno more"


def embed(module, images, output, shard_size=None, overwrite=False, **computation):
    path = module if isinstance(module, str) else module.directory
    return module_embedding.embed_module(
        path,
        str(images),
        options.Destination(str(output), shard_size, overwrite),
        options.Computation(**computation),
    )


def read(output) -> dict[str, np.ndarray]:
    with np.load(str(output), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def refusal(*args, **options_) -> str:
    with pytest.raises(errors.InputError) as caught:
        embed(*args, **options_)
    return str(caught.value)


def list_paths(images) -> list[str]:
    return sorted(p.relative_to(images).as_posix() for p in images.rglob("*.png"))


def read_pixels(images) -> np.ndarray:
    return np.stack(
        [
            module_classification.read_image(str(images / path), (32, 32))
            for path in list_paths(images)
        ]
    )
