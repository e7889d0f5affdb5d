"""tensorflow_hub loads a module from the server, and downloads it only once."""

from __future__ import annotations

import shutil
import signal

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import dependencies
from efficientnet_hub.tests.export.hosting import module_loading

_HANDLE = "me/small/classification"
_IMAGES = np.full([2, 64, 64, 3], 0.5, np.float32)

pytestmark = pytest.mark.slow


def _by_module(address: str) -> np.ndarray:
    return module_loading.logits(address, _IMAGES)


def _by_load(address: str) -> np.ndarray:
    loaded = dependencies.tensorflow_hub().load(address)
    return loaded.signatures["default"](tf.constant(_IMAGES))["default"].numpy()


def _by_keras_layer(address: str) -> np.ndarray:
    hub = dependencies.tensorflow_hub()
    layer = hub.KerasLayer(address, signature="default", output_key="default")
    return layer(_IMAGES).numpy()


@pytest.mark.parametrize("load", [_by_module, _by_load, _by_keras_layer])
@pytest.mark.parametrize(
    ("address", "requests"),
    [
        (_HANDLE + "/10", ["/10?tf-hub-format=compressed"]),
        (_HANDLE, ["?tf-hub-format=compressed", "/10?tf-hub-format=compressed"]),
        (
            _HANDLE + "/10/",
            ["/10/?tf-hub-format=compressed", "/10?tf-hub-format=compressed"],
        ),
    ],
    ids=["a version", "the newest version", "with a final slash"],
)
def test_a_module_is_loaded_and_cached(
    load, address, requests, archive, start, empty_cache, tmp_path
):
    parent = tmp_path / "published" / _HANDLE
    parent.mkdir(parents=True)
    shutil.copy(archive, str(parent / "10.tar.gz"))
    (parent / "9.tar.gz").write_text("no module at all")
    serving = start(tmp_path / "published")

    first = load(f"{serving.url}/{address}")
    second = load(f"{serving.url}/{address}")

    assert first.shape == (2, 10)
    np.testing.assert_array_equal(first, second)
    serving.process.send_signal(signal.SIGINT)
    log = serving.process.communicate()[1]
    asked = [line.split()[6] for line in log.splitlines() if '"GET ' in line]
    assert asked == [f"/{_HANDLE}{request}" for request in requests]
