"""The small models of tests/export/weights/golden_logits_test.py, and their files.

Each has the layers of a variant with half of its channels and of its blocks, and is
made by the library's own function for the variant: the padding, the epsilon and the
normalization are the library's. The arrays depend on their names only, see
`weights_by_name`, so that they need not be stored.
"""

from __future__ import annotations

import gzip
import json
import pathlib
from typing import Any, Mapping, NamedTuple

import numpy as np

# With fewer channels, the first blocks of stages could have a residual branch. Those of
# the variants have none, and the libraries differ in what they would do.
WIDTH = 0.5
DEPTH = 0.5
CLASSES = 10
# An odd height and width show the padding.
IMAGES = {"seed": 7, "batch": 2, "height": 61, "width": 75}
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "testdata" / "weights"
LOGITS = FOLDER / "golden_logits.json"
ARRAYS = FOLDER / "golden_arrays.json.gz"
# What the documentation exports: models of five classes, without logits.
EXAMPLES = FOLDER / "example_arrays.json.gz"
EXAMPLE_CLASSES = 5


class Case(NamedTuple):
    """A small model.

    Attributes:
      name: the library, and what it calls the model.
      variant: the variant of this project.
      form: the kind of the file, see `golden_logits_test.py`.
      says_model: whether the file says which model it is of.
    """

    name: str
    variant: str
    form: str
    says_model: bool


TORCH = (
    Case("timm/efficientnet_b0", "efficientnet-b0", "pth", False),
    Case("timm/tf_efficientnet_b0", "efficientnet-b0", "safetensors", False),
    Case("timm/efficientnet_lite0", "efficientnet-lite0", "folder", True),
    Case("timm/tf_efficientnet_lite0", "efficientnet-lite0", "folder", True),
    Case("torchvision/efficientnet_b0", "efficientnet-b0", "pth", True),
    Case("torchvision/efficientnet_b5", "efficientnet-b5", "safetensors", True),
    Case("efficientnet_pytorch/efficientnet-b0", "efficientnet-b0", "pth", True),
)
KERAS = {
    "2": Case("Keras 2/EfficientNetB0", "efficientnet-b0", "h5", True),
    "3": Case("Keras 3/EfficientNetB0", "efficientnet-b0", "weights.h5", True),
}
_ORDER = [case.name for case in (*TORCH, *KERAS.values())]


class Golden(NamedTuple):
    """What is stored about a case.

    Attributes:
      arrays: the arrays of the file in order, see `describe_array`.
      version: the library's version.
      logits: what the library computes for IMAGES, `[2, CLASSES]`.
      scales: a factor for kernels, by their names.
      attributes: the attributes of each group of an HDF5 file.
      config: the content of config.json, or None.
    """

    arrays: list[dict[str, Any]]
    version: str = ""
    logits: np.ndarray | None = None
    scales: Mapping[str, float] = {}
    attributes: Mapping[str, Mapping[str, Any]] = {}
    config: Mapping[str, Any] | None = None


def describe_array(path: str, array: np.ndarray, name: str | None) -> dict[str, Any]:
    """Returns what is stored about an array.

    Args:
      path: what the file calls it.
      array: the array.
      name: the name that its value depends on, or None to store the value.
    """
    stored: dict[str, Any] = {"path": path, "shape": list(array.shape)}
    if name is None:
        return {**stored, "type": array.dtype.name, "value": array.ravel().tolist()}
    return stored if name == path else {**stored, "name": name}


def write(measured: Mapping[Case, Golden]) -> None:
    """Writes some cases to the golden files; those of other libraries stay."""
    logits = json.loads(LOGITS.read_text("utf-8"))["cases"] if LOGITS.exists() else []
    arrays = read_arrays()
    cases = {case["name"]: case for case in logits}
    for case, golden in measured.items():
        cases[case.name] = {
            **case._asdict(),
            "version": golden.version,
            "logits": [[float(f"{n:.6g}") for n in row] for row in golden.logits],
        }
        arrays[case.name] = _to_json(golden)
    head = {"width": WIDTH, "depth": DEPTH, "classes": CLASSES, "images": IMAGES}
    lines = [json.dumps(cases[name]) for name in _ORDER if name in cases]
    text = json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    LOGITS.write_text(text, "utf-8")
    _write_compressed(ARRAYS, {name: arrays[name] for name in _ORDER if name in arrays})


def write_example(name: str, golden: Golden) -> None:
    """Writes what is stored about a file of the documentation."""
    examples = {**read_arrays(EXAMPLES), name: _to_json(golden)}
    _write_compressed(EXAMPLES, dict(sorted(examples.items())))


def _to_json(golden: Golden) -> dict[str, Any]:
    return {
        "arrays": golden.arrays,
        "scales": golden.scales,
        "attributes": golden.attributes,
        "config": golden.config,
    }


def _write_compressed(path: pathlib.Path, content: Mapping[str, Any]) -> None:
    # Without a time, so that the same content is the same bytes.
    path.write_bytes(gzip.compress(json.dumps(content).encode(), mtime=0))


def read_arrays(path: pathlib.Path = ARRAYS) -> dict[str, dict[str, Any]]:
    """Returns what is stored about each file, by the name of its case."""
    return json.loads(gzip.decompress(path.read_bytes())) if path.exists() else {}
