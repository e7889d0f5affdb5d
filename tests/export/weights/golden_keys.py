"""What the libraries of PyTorch say about their models.

`tests/peers/state_dict_keys.py` wrote the files, with the libraries themselves.
"""

from __future__ import annotations

import gzip
import json
import pathlib
from typing import Any

_FOLDER = pathlib.Path(__file__).parents[2] / "testdata" / "weights"
LIBRARIES = ("timm", "torchvision", "efficientnet_pytorch")


def read(name: str) -> dict[str, Any]:
    """Returns a file, such as 'source_models'."""
    return json.loads(gzip.decompress((_FOLDER / f"{name}.json.gz").read_bytes()))


def read_shapes(library: str, variant: str) -> dict[str, tuple[int, ...]]:
    """Returns the shape of each array by key, e.g. of 'timm', 'efficientnet-b0'."""
    table = read(f"{library}_keys")[variant[len("efficientnet-") :]]
    return {key: tuple(shape) for key, shape in table.items()}


def list_variants(library: str) -> list[str]:
    """Returns the variants that a library has, by this project's names."""
    return [f"efficientnet-{short}" for short in read(f"{library}_keys")]
