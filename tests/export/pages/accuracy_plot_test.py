"""Plots show the variants of a collection with their published accuracy."""

from __future__ import annotations

import base64
import re

import pytest

from efficientnet_hub.export.pages import accuracy_plot

_MODELS = ["efficientnet-b0", "efficientnet-b7", "efficientnet-lite0"]


@pytest.fixture(scope="module", name="plots")
def _plots():
    return accuracy_plot.draw(_MODELS)


def _drawn(plot: accuracy_plot.Plot, dark: bool = False) -> str:
    address = plot.dark_address if dark else plot.address
    kind, _, content = address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return base64.b64decode(content).decode()


def test_accuracy_is_drawn_against_size_and_cost(plots):
    size, cost = plots

    # arXiv 1905.11946, table 2: 5.3 and 66 million parameters, 0.39 and 37 billion.
    assert "b0 77.1 % at 5.29, b7 84.3 % at 66.3, lite0 75.1 %" in size.description
    assert re.search(
        r"b0 77\.1 % at 0\.3[89]\d, b7 84\.3 % at 3[5-8]", cost.description
    )


def test_each_variant_has_a_marker(plots):
    for plot in plots:
        for label in ("b0", "b7", "lite0"):
            assert f"<!-- {label} -->" in _drawn(plot)


def _ticks(plot: accuracy_plot.Plot, axis: str) -> list[float]:
    """Returns the numbers at an axis, which matplotlib writes as comments."""
    (group,) = re.findall(
        rf'<g id="matplotlib.axis_{axis}">(.*?)(?=<g id="matplotlib.axis|<g id="patch)',
        _drawn(plot),
        re.S,
    )
    return [float(each) for each in re.findall(r"<!-- ([\d.]+) -->", group)]


@pytest.mark.parametrize("models", [_MODELS, ["efficientnet-lite0"]])
def test_the_axes_start_near_the_data(models):
    size, cost = accuracy_plot.draw(models)

    for plot in (size, cost):
        accuracies = _ticks(plot, "2")
        assert min(accuracies) > 73 and max(accuracies) < 87 and len(accuracies) >= 3
        assert len(_ticks(plot, "1")) >= 2
        assert "(logarithmic)" in _drawn(plot)
    assert min(_ticks(size, "1")) > 1


def test_small_differences_do_not_fill_a_plot():
    # 77.1 and 76.7 per cent.
    (size, _) = accuracy_plot.draw(["efficientnet-b0", "efficientnet-lite1"])

    accuracies = _ticks(size, "2")
    assert max(accuracies) - min(accuracies) >= 1.5


def test_a_plot_has_colors_for_a_dark_page(plots):
    (size, _) = plots

    for dark in (False, True):
        # The color of the text on the page, and the page behind it.
        assert ("#e4e8f1" in _drawn(size, dark)) == dark
        assert ("#1d2433" in _drawn(size, dark)) != dark
        assert "fill: #ffffff" not in _drawn(size, dark)


def test_a_variant_without_a_published_accuracy_is_left_out():
    (size, _) = accuracy_plot.draw(["efficientnet-l2", "efficientnet-b0"])

    assert "b0" in size.description and "l2" not in size.description
    assert accuracy_plot.draw(["efficientnet-l2"]) == []


def test_the_same_plot_has_the_same_bytes(plots):
    assert accuracy_plot.draw(reversed(_MODELS)) == plots
    # Neither the time nor matplotlib's version is in a plot.
    assert "<dc:date>" not in _drawn(plots[0])
    assert "Matplotlib" not in _drawn(plots[0])
