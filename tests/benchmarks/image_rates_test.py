"""Tests of image_rates: a network alone, and readers that repeat their files."""

from __future__ import annotations

import time

import image_rates
import numpy as np


def test_a_network_is_compared_with_what_reads_for_it():
    sizes, read = set(), []

    def run(images):
        sizes.add(len(images))
        time.sleep(0.001 if len(images) == 4 else 0.3)

    def start(files):
        read.extend(files)
        return files

    rates = image_rates.compare(
        run, [np.zeros([2, 2, 3])], 4, {"reader": (start, ["a", "b"])}, rounds=1
    )

    assert sizes == {4, 32}
    assert read == ["a", "b"] * (2 * 4 * 12 // 2)  # With a round of warming up.
    assert set(rates) == {"network", "reader"}
    # The small batches are faster: at most 4,000 images per second, and 107.
    assert len(rates["network"]) == 1
    assert 107 < rates["network"][0] <= 4000
