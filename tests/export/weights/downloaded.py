"""What the tests of downloads check of each, and what they look at."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from efficientnet_hub import errors

ARCHIVE = "ckptsaug/efficientnet-b0.tar.gz"


def assert_averages(weights, trained) -> None:
    """Checks that weights are the moving averages of the checkpoint `trained`."""
    for name, value in weights.values.items():
        average = trained.entries[name + "/ExponentialMovingAverage"]
        np.testing.assert_array_equal(value, average)


def list_files(cache: pathlib.Path) -> list[pathlib.Path]:
    """Returns the files in the cache."""
    return [path for path in cache.rglob("*") if path.is_file()]


def is_empty(cache: pathlib.Path) -> bool:
    """Returns whether nothing is in the cache."""
    return not cache.exists() or not list(cache.iterdir())


def refusal(download, address) -> str:
    """Returns the message of a download that fails, which names the archive."""
    with pytest.raises(errors.InputError) as caught:
        download(address)
    assert address + "/" + ARCHIVE in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)
