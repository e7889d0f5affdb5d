"""Fixtures of all tests: a small network, a trained module, and photographs.

Fixtures import what they need when they run: most tests need neither photographs nor
TensorFlow.
"""

from __future__ import annotations

import collections
import functools
import gc
import os
import pathlib
import subprocess
import sys

import pytest

from efficientnet_hub import digests, onednn
from efficientnet_hub.tests import left_out, shared_results

_EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"

# A photograph, and the class that lite0 finds in it.
_Photograph = collections.namedtuple("_Photograph", "path index name probability")


def pytest_collection_finish() -> None:
    """Makes the garbage collector search less.

    It would search all modules that the tests import, again and again: the thousands of
    objects of a TensorFlow graph make it run often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20000, 10, 10)


# TensorFlow imports distutils. In each process that a test starts, the distutils of
# Python takes 0.25 s less than that of setuptools.
if sys.version_info < (3, 12):
    os.environ.setdefault("SETUPTOOLS_USE_DISTUTILS", "stdlib")

# Without the import of TensorFlow, which takes seconds in each process.
if sys.version_info >= (3, 8) and left_out.is_hub_module_missing():
    # hub.KerasLayer is a layer of Keras 2.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

    def pytest_collection_modifyitems(items):
        left_out.mark(items)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(item, call):
        report = (yield).get_result()
        if report.failed and left_out.explains(call.excinfo.value):
            left_out.skip(report, str(item.path))

    def pytest_terminal_summary(terminalreporter):
        skipped = terminalreporter.stats.get("skipped", [])
        for line in left_out.summarize(skipped):
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _restore_operations():
    """Undoes a choice of oneDNN's operations, which later processes would inherit."""
    before = os.environ.get(onednn.VARIABLE)
    yield
    if before is None:
        os.environ.pop(onednn.VARIABLE, None)
    else:
        os.environ[onednn.VARIABLE] = before


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
    """b0 with three narrow blocks, of which the first has no expansion."""
    from efficientnet_hub.efficientnet import config as config_lib

    return config_lib.get_config(
        "efficientnet-b0",
        stages=(
            config_lib.StageConfig(1, 3, 1, 1, 8),
            config_lib.StageConfig(2, 3, 2, 6, 8),
        ),
        stem_filters=8,
        head_filters=16,
        image_size=32,
        num_classes=10,
    )


@pytest.fixture(scope="session")
def module(tiny, tmp_path_factory):
    """`tiny` with random weights and its archive. No test may change it."""

    def _export(folder: pathlib.Path):
        from efficientnet_hub.export import exporter

        return exporter.export_module(
            tiny,
            "random",
            str(folder / "tiny"),
            num_classes=tiny.num_classes,
            archive=str(folder / "tiny.tar.gz"),
        )

    return shared_results.make_once(tmp_path_factory, "tiny-module", _export)


@pytest.fixture(scope="session")
def lite0(tmp_path_factory):
    """lite0 with its ImageNet weights, and its archive. No test may change it."""

    def export(folder: pathlib.Path):
        from efficientnet_hub.export import exporter

        return exporter.export_module(
            "efficientnet-lite0",
            "imagenet",
            str(folder / "efficientnet-lite0"),
            archive=str(folder / "efficientnet-lite0.tar.gz"),
        )

    return shared_results.make_once(tmp_path_factory, "lite0", export)


@pytest.fixture(scope="session")
def classify_photographs(tmp_path_factory):
    """Returns a function that runs the example of that name on a module."""

    @functools.lru_cache(maxsize=None)
    def _classify(module: str) -> subprocess.CompletedProcess:
        name = "classified-" + digests.of_texts([module])
        return shared_results.make_once(tmp_path_factory, name, lambda _: run(module))

    def run(module: str) -> subprocess.CompletedProcess:
        program = str(_EXAMPLES / "classify_photographs.py")
        return subprocess.run(
            [sys.executable, program, module], capture_output=True, text=True
        )

    return _classify


@pytest.fixture(scope="session")
def digits(tmp_path_factory) -> str:
    """The folder of scikit-learn's digits that the example of that name writes."""
    return shared_results.make_once(tmp_path_factory, "digits", _write_digits)


@pytest.fixture(scope="session")
def few_digits(tmp_path_factory) -> str:
    """A folder of the first 200 of them."""
    return shared_results.make_once(
        tmp_path_factory, "few-digits", functools.partial(_write_digits, count=200)
    )


def _write_digits(folder: pathlib.Path, *, count: int | None = None) -> str:
    output = str(folder / "digits")
    command = [sys.executable, str(_EXAMPLES / "write_digits.py"), output]
    subprocess.run(command + ([] if count is None else [str(count)]), check=True)
    return output
