"""Plots show the variants of a collection with their published accuracy."""

from __future__ import annotations

import base64
import re

from efficientnet_hub.export.pages import accuracy_plot

_MODELS = ["efficientnet-b0", "efficientnet-b7", "efficientnet-lite0"]


def _drawn(plot: accuracy_plot.Plot) -> str:
    kind, _, content = plot.address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return base64.b64decode(content).decode()


def test_accuracy_is_drawn_against_size_and_cost():
    size, cost = accuracy_plot.draw(_MODELS)

    # arXiv 1905.11946, table 2: 5.3 and 66 million parameters, 0.39 and 37 billion.
    assert "b0 77.1 % at 5.29, b7 84.3 % at 66.3, lite0 75.1 %" in size.description
    assert re.search(
        r"b0 77\.1 % at 0\.3[89]\d, b7 84\.3 % at 3[5-8]", cost.description
    )


def test_each_variant_has_a_marker():
    for plot in accuracy_plot.draw(_MODELS):
        for label in ("b0", "b7", "lite0"):
            assert f"<!-- {label} -->" in _drawn(plot)


def test_a_variant_without_a_published_accuracy_is_left_out():
    (size, _) = accuracy_plot.draw(["efficientnet-l2", "efficientnet-b0"])

    assert "b0" in size.description and "l2" not in size.description
    assert accuracy_plot.draw(["efficientnet-l2"]) == []


def test_the_same_plot_has_the_same_bytes():
    assert accuracy_plot.draw(_MODELS) == accuracy_plot.draw(reversed(_MODELS))
    # Neither the time nor matplotlib's version is in a plot.
    assert "<dc:date>" not in _drawn(accuracy_plot.draw(_MODELS)[0])
    assert "Matplotlib" not in _drawn(accuracy_plot.draw(_MODELS)[0])
