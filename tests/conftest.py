"""A trained module, and photographs of which is known what they show.

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
