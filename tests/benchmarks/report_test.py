"""Tests of report.py: the page has all measurements, or is not written."""

from __future__ import annotations

import pathlib
import re
import runpy
import sys
from unittest import mock

import pytest
import results

_REPORT = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "report.py"
_ROOT = _REPORT.parents[1]
_ROUNDS = 3
_VARIANTS = ["efficientnet-b0", "efficientnet-b1", "efficientnet-lite0"]
_PLAIN = ("1.15.5", "2.15.1")
_EVERY_RESULT = [
    ("1.15.5", "running"),
    ("1.15.5", "loading"),
    ("1.15.5", "building"),
    ("1.15.5", "training"),
    ("2.15.1", "running"),
    ("2.15.1", "loading"),
    ("2.15.1", "building"),
    ("2.15.1", "training"),
    ("2.15.1", "variants"),
    ("2.15.1", "cores"),
    ("2.15.1", "pipeline"),
    ("2.21.0", "running"),
    ("2.21.0", "building"),
]


class _Figures:
    """Figures as each part would measure them, with `ours` seconds for our module."""

    def __init__(self, environment: str, ours: float):
        self._seconds = {"ours": [ours] * _ROUNDS}
        if environment in _PLAIN:
            self._seconds["plain"] = [1.0] * _ROUNDS
        if environment != "1.15.5":
            for peer in ("keras", "onnxruntime", "openvino"):
                self._seconds[peer] = [1.0] * _ROUNDS

    def running(self):
        batch = {"seconds": self._seconds, "disagreements": {}}
        ops = {"Conv2D": {"nodes": 10, "seconds": 0.02}}
        return {
            "batches": {size: batch for size in ("1", "8", "32")},
            "profile": {"runs": 2, "ops": ops},
        }

    def loading(self):
        steps = ("module", "application", "initialization", "first_run", "total")
        loads = {name: [dict.fromkeys(steps, 1.0)] * _ROUNDS for name in _GRAPHS}
        return {"loads": loads, "graphs": _GRAPHS}

    def building(self):
        imported = [{"seconds": 2.0, "peak_bytes": 400e6}] * _ROUNDS
        export = [dict(each, weights_bytes=36e6) for each in imported]
        return {
            "export": {"import": imported, "export": export},
            "variants": {"import": imported[:1], "efficientnet-b7": export[:1]},
            "answers": {"--help": [0.1] * _ROUNDS, "inspect": [0.9] * _ROUNDS},
        }

    def training(self):
        peers = {"260": self._seconds, "128": self._seconds}
        ops = {"MatMul": {"nodes": 4, "seconds": 0.03}}
        profile = {"runs": 1, "ops": ops}
        return {"seconds": peers, "memory": peers, "profile": profile}

    def variants(self):
        cost = {"parameters": 5e6, "multiply_adds": 4e8, "image_size": 224}
        return {
            "batch": 8,
            "seconds": {model: [1.0] * _ROUNDS for model in _VARIANTS},
            "costs": {model: cost for model in _VARIANTS},
        }

    def cores(self):
        rounds = [{"1": 0.5, "32": 1.0}] * _ROUNDS
        return {"efficientnet-b0": {"1": rounds, "2": rounds}}

    def pipeline(self):
        names = ("reading", "network", "both")
        return {
            "batch": 32,
            "seconds": {"efficientnet-b0": {name: [1.0] * _ROUNDS for name in names}},
        }


_GRAPHS = {
    "ours": {
        "bytes": 400,
        "bytes_by_tags": {"": 100, "train": 200, "serve": 100},
        "nodes": {"": 60, "train": 70, "serve": 50},
    },
    "plain": {
        "bytes": 1000,
        "bytes_by_tags": {"": 400, "train": 600},
        "nodes": {"": 100, "train": 100},
    },
}


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    """A folder with the results of all parts, in which ours is twice as fast."""
    for environment, part in _EVERY_RESULT:
        _write(tmp_path, environment, part, ours=0.5)
    return tmp_path


def _write(folder, environment, part, ours):
    measured = getattr(_Figures(environment, ours), part)()
    results.write(str(_path(folder, environment, part)), part, measured)


def _path(folder, environment, part):
    return folder / "results" / environment / (part + ".json")


def _report(folder) -> str | None:
    """Runs the program in this process, which imports matplotlib only once.

    Returns:
      The message of a failure, or None.
    """
    argv = [
        str(_REPORT),
        f"--results={folder / 'results'}",
        f"--page={folder / 'p.md'}",
    ]
    with mock.patch.object(sys, "argv", argv):
        try:
            runpy.run_path(str(_REPORT), run_name="__main__")
        except SystemExit as failure:
            return failure.code
    return None


def _page(folder) -> list[str]:
    """Returns the lines of the page."""
    assert _report(folder) is None
    return (folder / "p.md").read_text(encoding="utf-8").splitlines()


def _goal(page, *words) -> str:
    """Returns the line of the goals' table that has some words."""
    (line,) = [
        line
        for line in page
        if line.startswith(("| running", "| loading", "| building", "| training"))
        and all(word in line for word in words)
    ]
    return line


@pytest.mark.parametrize(
    "environment, part",
    _EVERY_RESULT,
    ids=["{}-{}".format(*each) for each in _EVERY_RESULT],
)
def test_a_missing_measurement_is_refused(folder, environment, part):
    _path(folder, environment, part).unlink()

    message = _report(folder)

    assert f"{part} was not measured in {environment}" in message
    assert sorted(path.name for path in folder.iterdir()) == ["results"]


def test_says_how_much_faster_ours_is(folder):
    goal = _goal(_page(folder), "2.15.1", "the speed of Keras")

    assert goal.split(" | ")[1:] == [
        "≥ 1.60",
        "batch 1: 2.00, batch 8: 2.00, batch 32: 2.00",
        "yes |",
    ]


def test_one_value_beyond_the_bound_fails_a_goal(folder):
    page = _page(folder)

    assert _goal(page, "2.15.1", "nodes").endswith(
        "≤ 0.65 | {}: 0.60, {train}: 0.70 | **no** |"
    )
    assert _goal(page, "2.15.1", "saved_model.pb").endswith("≤ 0.50 | 0.40 | yes |")


def test_a_slower_module_does_not_reach_its_goal(folder):
    _write(folder, "2.21.0", "running", ours=1.1)

    page = _page(folder)

    assert _goal(page, "2.21.0", "the speed of ONNX").endswith("**no** |")
    assert _goal(page, "2.15.1", "the speed of ONNX").endswith("yes |")


def test_goals_for_seconds_are_upper_bounds(folder):
    goal = _goal(_page(folder), "2.21.0", "seconds to answer")

    assert goal.endswith("≤ 0.50 | --help: 0.10, inspect: 0.90 | **no** |")


def test_every_plot_of_the_page_is_drawn(folder):
    shown = [line.split("](")[1][:-1] for line in _page(folder) if line[:2] == "!["]

    drawn = sorted(path.name for path in (folder / "p").iterdir())
    assert sorted(name.split("/")[-1] for name in shown) == drawn
    assert len(drawn) == 3


def test_the_published_page_has_the_text_of_the_template():
    template = (_ROOT / "benchmarks" / "page.md").read_text(encoding="utf-8")
    published = (_ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    texts = [re.escape(text) for text in re.split(r"\$\w+", template)]

    assert re.fullmatch("(?:.*)".join(texts), published.rstrip("\n") + "\n", re.S)
