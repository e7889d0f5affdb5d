"""The goals: bounds, measured values, and whether they are met."""

from __future__ import annotations

import collections
import operator
from typing import Iterator

import measurements
import paired
import part

# `values` are the measured figures, by name; `bound` holds for each of them.
Goal = collections.namedtuple("Goal", ["task", "text", "values", "bound", "compare"])

# Comparisons with alternatives, in the environments that have them.
_RUNNING = (
    ("2.15.1", "keras", "Keras Applications", ("1", "8", "32"), 1.6),
    ("2.21.0", "keras", "Keras Applications", ("1", "8", "32"), 1.6),
    ("2.15.1", "onnxruntime", "ONNX Runtime", ("8", "32"), 1.0),
    ("2.21.0", "onnxruntime", "ONNX Runtime", ("8", "32"), 1.0),
    ("1.15.5", "plain", "the plain module", ("1", "8", "32"), 1.2),
)
_WITH_PLAIN_MODULE = ("1.15.5", "2.15.1")
_ALL = ("1.15.5", "2.15.1", "2.21.0")
_TRAINING = "2.15.1"
_MEGABYTE = 1e6


def is_met(goal: Goal) -> bool:
    """Whether every value is within the bound."""
    return all(goal.compare(value, goal.bound) for value in goal.values.values())


def goals(measured: measurements.Measurements) -> Iterator[Goal]:
    """Yields the goals of all tasks.

    Raises:
      measurements.IncompleteError: if one of them was not measured.
    """
    yield from _running(measured)
    yield from _loading(measured)
    yield from _building(measured)
    yield from _training(measured)


def _at_least(task, text, values, bound):
    return Goal(task, text, values, bound, operator.ge)


def _at_most(task, text, values, bound):
    return Goal(task, text, values, bound, operator.le)


def _running(measured):
    for environment, peer, title, sizes, bound in _RUNNING:
        batches = measured.measured(environment, "running")["batches"]
        values = {}
        for size in sizes:
            seconds = batches[size]["seconds"]
            speed = paired.ratio(seconds[peer], seconds["ours"])
            values["batch " + size] = speed.median
        text = f"{environment}: times the speed of {title}"
        yield _at_least("running", text, values, bound)


def _loading(measured):
    for environment in _WITH_PLAIN_MODULE:
        loading = measured.measured(environment, "loading")
        loads, graphs = loading["loads"], loading["graphs"]
        totals = [paired.column(loads[each], "total") for each in ("ours", "plain")]
        ours, plain = graphs["ours"], graphs["plain"]

        def text(what, environment=environment):
            return f"{environment}: {what}, of the plain module's"

        time = {"": paired.ratio(*totals).median}
        yield _at_most("loading", text("time to the first logits"), time, 0.7)
        nodes = {
            f"{{{tags}}}": ours["nodes"][tags] / count
            for tags, count in sorted(plain["nodes"].items())
        }
        yield _at_most("loading", text("nodes"), nodes, 0.65)
        size = {"": ours["bytes"] / plain["bytes"]}
        yield _at_most("loading", text("bytes of `saved_model.pb`"), size, 0.5)


def _building(measured):
    for environment in _ALL:
        building = measured.measured(environment, "building")
        export, imported = (
            paired.column(building["export"][each], "seconds")
            for each in ("export", "import")
        )
        if environment == "1.15.5":
            text = "1.15.5: seconds of an export above `import tensorflow`"
            seconds = paired.difference(export, imported).median
            yield _at_most("building", text, {"": seconds}, 6.0)
        else:
            text = f"{environment}: times `import tensorflow` for an export"
            seconds = paired.ratio(export, imported).median
            yield _at_most("building", text, {"": seconds}, 3.0)
        text = "%s: peak memory above `import tensorflow` and 100 MB, times the weights"
        values = {
            model.replace("efficientnet-", ""): memory_over_weights(samples, imports)
            for model, samples, imports in memory_samples(building)
        }
        yield _at_most("building", text % environment, values, 1.3)
        answers = {
            command: paired.summary(seconds).median
            for command, seconds in building["answers"].items()
        }
        text = f"{environment}: seconds to answer"
        yield _at_most("building", text, answers, 0.5)


def memory_samples(building: dict) -> Iterator[tuple[str, list, list]]:
    """Yields each model with the samples of its export and of the imports."""
    yield part.MODEL, building["export"]["export"], building["export"]["import"]
    for model, samples in building["variants"].items():
        if model != "import":
            yield model, samples, building["variants"]["import"]


def memory_over_weights(exports: list[dict], imports: list[dict]) -> float:
    """Returns the memory of an export for each byte of its weights.

    The memory is the peak minus that of `import tensorflow` and minus 100 MB. It is
    negative if the export needs less than these 100 MB.
    """
    above = paired.difference(
        paired.column(exports, "peak_bytes"), paired.column(imports, "peak_bytes")
    )
    return (above.median - 100 * _MEGABYTE) / exports[0]["weights_bytes"]


def _training(measured):
    training = measured.measured(_TRAINING, "training")
    speed, memory = {}, {}
    for size, seconds in training["seconds"].items():
        title = f"{size} px"
        speed[title] = paired.ratio(seconds["keras"], seconds["ours"]).median
        taken = training["memory"][size]
        memory[title] = paired.ratio(taken["ours"], taken["keras"]).median
    text = _TRAINING + ": times the steps per second of Keras Applications"
    yield _at_least("training", text, speed, 1.2)
    text = _TRAINING + ": times the memory of Keras Applications"
    yield _at_most("training", text, memory, 1.15)
