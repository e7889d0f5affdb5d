"""Plots the published accuracy of variants against their size and cost, as SVG."""

from __future__ import annotations

import base64
import dataclasses
import io
import math
from typing import TYPE_CHECKING, Iterable, Mapping

from ... import dependencies
from ...efficientnet import config as config_lib
from ...efficientnet import stages
from ..weights import catalog

if TYPE_CHECKING:
    from matplotlib import axes as axes_lib


@dataclasses.dataclass(frozen=True)
class _Family:
    """How the variants of a family are drawn.

    Attributes:
      prefix: of their names.
      color: of their line on a light page.
      dark_color: of their line on a dark page.
      offset: where a label is from its marker, in points.
    """

    prefix: str
    color: str
    dark_color: str
    offset: tuple[int, int]


# The lines are close to each other, so that the labels are on different sides.
_FAMILIES = (
    _Family("efficientnet-b", "#2457c5", "#8db1ff", (-4, 2)),
    _Family("efficientnet-lite", "#b3540a", "#ffb877", (4, -3)),
)
# The published accuracy of each variant, in per cent.
_TOP1 = {
    record.variant: record.accuracy.top1
    for record in catalog.PUBLISHED
    if record.accuracy and record.set_name in (catalog.AUTO_AUGMENT, catalog.LITE)
}
# Seeds the identifiers in an SVG, so that the same plot has the same bytes.
_SALT = "efficientnet-hub"

# The color of the text on a light page, and on a dark one, as in `templates/style.css`.
_TEXT, _DARK_TEXT = "#1d2433", "#e4e8f1"
_SETTINGS = {
    "svg.hashsalt": _SALT,
    "font.size": 9,
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor")
        + ("xtick.color", "ytick.color", "grid.color"),
        _TEXT,
    ),
}
# Differences of less than these would look large in a plot of their own.
_LEAST_POINTS = 2.0  # Of accuracy, in per cent.
_LEAST_FACTOR = 4.0  # Of cost.
_MARGIN = 0.1  # Of the length of an axis.


@dataclasses.dataclass(frozen=True)
class Plot:
    """A plot.

    Attributes:
      address: a 'data:' URL with its content, for a light page.
      dark_address: the same for a dark page.
      description: what it shows, for screen readers.
    """

    address: str
    dark_address: str
    description: str


def draw(models: Iterable[str]) -> list[Plot]:
    """Returns plots of accuracy against parameters and against multiply-adds.

    Args:
      models: names of variants. Those without a published accuracy are left out.

    Returns:
      Two plots, or none if no variant has a published accuracy.

    Raises:
      errors.DependencyError: if matplotlib is missing.
    """
    wanted = set(models)
    known = [model for model in _TOP1 if model in wanted]
    if not known:
        return []
    costs = {model: stages.cost(config_lib.get_config(model)) for model in known}
    sizes = [cost.parameters / 1e6 for cost in costs.values()]
    prices = [cost.multiply_adds / 1e9 for cost in costs.values()]
    return [
        _describe_plot(dict(zip(costs, sizes)), "parameters", "millions"),
        _describe_plot(dict(zip(costs, prices)), "multiply-adds", "billions"),
    ]


def _describe_plot(costs: Mapping[str, float], title: str, unit: str) -> Plot:
    """Returns the plot of accuracy against the cost of each variant."""
    values = ", ".join(
        f"{config_lib.shorten_name(model)} {_TOP1[model]:.1f} % at {cost:.3g}"
        for model, cost in costs.items()
    )
    drawn = _draw_plot(costs, f"{title}, {unit} (logarithmic)")
    dark = drawn.replace(_TEXT, _DARK_TEXT)
    for family in _FAMILIES:
        dark = dark.replace(family.color, family.dark_color)
    return Plot(
        _encode(drawn),
        _encode(dark),
        f"Published top-1 accuracy against {title} in {unit}: {values}.",
    )


def _draw_plot(costs: Mapping[str, float], label: str) -> str:
    """Returns a plot in the colors of a light page, SVG."""
    style = dependencies.optional("matplotlib.style", "build", "drawing plots")
    figures = dependencies.optional("matplotlib.figure", "build", "drawing plots")
    # The user's own settings must not change the plot.
    with style.context(["default", _SETTINGS]):
        figure = figures.Figure(figsize=(4.4, 3.5), layout="constrained")
        axes = figure.add_subplot()
        for family in _FAMILIES:
            members = {m: c for m, c in costs.items() if m.startswith(family.prefix)}
            _add_line(axes, members, family)
        _set_limits(axes, costs)
        axes.set_xlabel(label)
        axes.set_ylabel("published top-1 accuracy, %")
        axes.grid(alpha=0.15)
        drawn = io.BytesIO()
        metadata = {"Creator": None, "Date": None}
        figure.savefig(drawn, format="svg", metadata=metadata, transparent=True)
    return drawn.getvalue().decode("utf-8")


def _encode(drawn: str) -> str:
    """Returns a 'data:' URL with the content of an SVG."""
    encoded = base64.b64encode(drawn.encode("utf-8")).decode("ascii")
    return "data:image/svg+xml;base64," + encoded


def _add_line(axes: axes_lib.Axes, costs: Mapping[str, float], family: _Family) -> None:
    """Draws a line through the variants of a family, with a label at each."""
    accuracies = [_TOP1[model] for model in costs]
    values = list(costs.values())
    axes.plot(values, accuracies, "o-", color=family.color, markersize=5)
    right, up = family.offset
    for model, position in zip(costs, zip(values, accuracies)):
        axes.annotate(
            config_lib.shorten_name(model),
            position,
            textcoords="offset points",
            xytext=family.offset,
            color=family.color,
            horizontalalignment="left" if right > 0 else "right",
            verticalalignment="bottom" if up > 0 else "top",
        )


def _set_limits(axes: axes_lib.Axes, costs: Mapping[str, float]) -> None:
    """Sets axes that start a little below the data, and the numbers at them."""
    ticker = dependencies.optional("matplotlib.ticker", "build", "drawing plots")
    accuracies = [_TOP1[model] for model in costs]
    axes.set_ylim(*_widen(min(accuracies), max(accuracies), _LEAST_POINTS))
    axes.yaxis.set_major_locator(ticker.MaxNLocator("auto", steps=[1, 2, 5, 10]))
    axes.set_xscale("log")
    logarithms = [math.log(cost) for cost in costs.values()]
    limits = _widen(min(logarithms), max(logarithms), math.log(_LEAST_FACTOR))
    axes.set_xlim(*map(math.exp, limits))
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())


def _widen(low: float, high: float, least: float) -> tuple[float, float]:
    """Returns the limits of an axis for values from `low` to `high`."""
    middle, span = (low + high) / 2, max(high - low, least)
    return middle - (0.5 + _MARGIN) * span, middle + (0.5 + _MARGIN) * span
