"""The outputs for many photographs are compared, with a progress bar."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub.export.comparison import inference, opened_module
from efficientnet_hub.photographs import read_ahead
from efficientnet_hub.tests import cases, terminal

_BATCH = 2


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
        outputs = inference.Inference(opened, opened, 1e-4)
        monkeypatch.setattr(sys, "stderr", stream)
        outputs.run(paths, samples=1)

    assert outputs.photographs == count
    assert ("5/5" in stream.getvalue()) == (count > _BATCH)
