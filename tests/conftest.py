"""A small network, a trained module, and photographs that show what is known.

Imported where they are wanted: most tests need neither photographs nor TensorFlow.
"""

from __future__ import annotations

import collections
import functools
import os
import pathlib
import subprocess
import sys

import pytest

_EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"

# What lite0 sees in a photograph: the class, its index and its probability.
_Photograph = collections.namedtuple("_Photograph", "path index name probability")


@pytest.fixture(scope="session")
def photographs() -> list[_Photograph]:
    """An officer, a cat and a cup of coffee."""
    import matplotlib
    import skimage

    officer = os.path.join(matplotlib.get_data_path(), "sample_data")
    others = os.path.join(os.path.dirname(skimage.__file__), "data")
    return [
        _Photograph(
            os.path.join(officer, "grace_hopper.jpg"), 652, "military uniform", 0.46
        ),
        _Photograph(os.path.join(others, "chelsea.png"), 285, "Egyptian cat", 0.77),
        _Photograph(os.path.join(others, "coffee.png"), 967, "espresso", 0.90),
    ]


@pytest.fixture(scope="session")
def tiny():
    """b0 with three narrow blocks, the first of them, as b0's, without expansion."""
    from efficientnet_hub.efficientnet import config as config_lib

    return config_lib.get_config(
        "efficientnet-b0",
        stages=(
            config_lib.StageConfig(1, 3, 1, 1, 8, 8),
            config_lib.StageConfig(2, 3, 2, 6, 8, 8),
        ),
        stem_filters=8,
        head_filters=16,
        image_size=32,
        num_classes=10,
    )


@pytest.fixture(scope="session")
def lite0(tmp_path_factory):
    """lite0 with its ImageNet weights, and its archive; not to be changed."""
    from efficientnet_hub.export import exporter

    folder = tmp_path_factory.mktemp("modules")
    return exporter.export_module(
        "efficientnet-lite0",
        "imagenet",
        str(folder / "efficientnet-lite0"),
        archive=str(folder / "efficientnet-lite0.tar.gz"),
    )


@pytest.fixture(scope="session")
def classify_photographs():
    """Returns a function that runs the example of that name on a module."""

    @functools.lru_cache(maxsize=None)
    def _classify(module: str) -> subprocess.CompletedProcess:
        program = str(_EXAMPLES / "classify_photographs.py")
        return subprocess.run(
            [sys.executable, program, module], capture_output=True, text=True
        )

    return _classify


@pytest.fixture(scope="session")
def digits(tmp_path_factory) -> str:
    """The folder of scikit-learn's digits that the example of that name writes."""
    folder = str(tmp_path_factory.mktemp("digits") / "digits")
    program = str(_EXAMPLES / "write_digits.py")
    subprocess.run([sys.executable, program, folder], check=True)
    return folder
