"""The outputs for many photographs are compared, with a progress bar."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image

from efficientnet_hub.export.comparison import (
    findings,
    inference,
    opened_module,
    options,
)
from efficientnet_hub.photographs import read_ahead
from efficientnet_hub.tests import cases, terminal
from efficientnet_hub.tests.export.evaluation import evaluations

_BATCH = 2
_DIFFERS, _NOT_COMPARED = findings.Outcome.DIFFERS, findings.Outcome.NOT_COMPARED


@pytest.mark.parametrize("count", cases.slow_after(1, [_BATCH, 5]))
def test_more_than_a_batch_of_photographs_has_a_bar(
    count, module, tmp_path, monkeypatch
):
    paths = [str(tmp_path / f"{number}.png") for number in range(count)]
    for path in paths:
        Image.fromarray(np.zeros([40, 50, 3], np.uint8)).save(path)
    monkeypatch.setattr(read_ahead, "choose_batch", lambda *_: _BATCH)
    stream = terminal.Terminal()

    with opened_module.open_module(module.directory) as opened:
        outputs = inference.Inference(opened, opened, options.Options())
        monkeypatch.setattr(sys, "stderr", stream)
        outputs.run(paths, samples=1)

    assert outputs.photographs == count
    assert ("5/5" in stream.getvalue()) == (count > _BATCH)


def _compare(a: str, b: str, folder) -> list[findings.Finding]:
    path = str(folder / "photograph.png")
    Image.fromarray(np.full([8, 8, 3], 100, np.uint8)).save(path)
    open_module = opened_module.open_module
    with open_module(a) as first, open_module(b) as other:
        comparison = inference.Inference(first, other, options.Options())
        return comparison.run([path], samples=1)


def _add_noise(values: tf.Tensor) -> tf.Tensor:
    return values + tf.random_uniform(tf.shape(values))


def test_only_the_outputs_that_are_random_are_not_compared(tmp_path):
    modules = [
        evaluations.write_module(
            tmp_path / name,
            lambda means: means,
            compute_more=lambda logits, factor=factor: {
                "noise": _add_noise(logits),
                "scaled": factor * logits,
            },
        )
        for name, factor in (("a", 2.0), ("b", 3.0))
    ]

    same = _compare(modules[0], modules[0], tmp_path)
    other = _compare(*modules, tmp_path)

    noise = ("all of 'default'", "1 of 3 differ from run to run of A: 'noise'")
    for found in (same, other):
        skipped = [each for each in found if each.outcome is _NOT_COMPARED]
        assert [(each.subject, each.detail) for each in skipped] == [noise]
    assert not [each for each in same if each.outcome is _DIFFERS]
    assert ["'scaled'" in e.detail for e in other if e.outcome is _DIFFERS] == [True]
    assert "default" in [each.subject.strip("'") for each in same]


def test_a_signature_whose_outputs_are_all_random_is_not_compared(tmp_path):
    module = evaluations.write_module(tmp_path / "a", _add_noise)

    found = _compare(module, module, tmp_path)

    assert {each.outcome for each in found} == {_NOT_COMPARED}
