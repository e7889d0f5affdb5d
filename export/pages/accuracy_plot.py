"""Plots the published accuracy of variants against their size and cost, as SVG."""

from __future__ import annotations

import base64
import dataclasses
import io
from typing import TYPE_CHECKING, Iterable, Mapping

from ... import dependencies
from ...efficientnet import config as config_lib
from ...efficientnet import stages
from ..weights import catalog

if TYPE_CHECKING:
    from matplotlib import axes as axes_lib

_FAMILIES = ("efficientnet-b", "efficientnet-lite")
_PREFIX = "efficientnet-"
# The published accuracy of each variant, in per cent.
_TOP1 = {
    record.variant: record.accuracy.top1
    for record in catalog.PUBLISHED
    if record.accuracy and record.set_name in (catalog.AUTO_AUGMENT, catalog.LITE)
}
# Seeds the identifiers in an SVG, so that the same plot has the same bytes.
_SALT = "efficientnet-hub"


@dataclasses.dataclass(frozen=True)
class Plot:
    """A plot.

    Attributes:
      address: a 'data:' URL with its content.
      description: what it shows, for screen readers.
    """

    address: str
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
        _draw_plot(dict(zip(costs, sizes)), "parameters, millions"),
        _draw_plot(dict(zip(costs, prices)), "multiply-adds, billions"),
    ]


def _draw_plot(costs: Mapping[str, float], title: str) -> Plot:
    """Returns the plot of accuracy against the cost of each variant."""
    style = dependencies.optional("matplotlib.style", "build", "drawing plots")
    figures = dependencies.optional("matplotlib.figure", "build", "drawing plots")
    ticker = dependencies.optional("matplotlib.ticker", "build", "drawing plots")
    # The user's own settings must not change the plot.
    with style.context(["default", {"svg.hashsalt": _SALT}]):
        figure = figures.Figure(figsize=(4.8, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for family in _FAMILIES:
            _add_line(axes, {m: c for m, c in costs.items() if m.startswith(family)})
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
        axes.margins(0.1)
        axes.set_xlabel(title)
        axes.set_ylabel("published top-1 accuracy, %")
        axes.grid(alpha=0.3)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Creator": None, "Date": None})
    encoded = base64.b64encode(drawn.getvalue()).decode("ascii")
    values = ", ".join(
        f"{_shorten(model)} {_TOP1[model]:.1f} % at {cost:.3g}"
        for model, cost in costs.items()
    )
    return Plot(
        "data:image/svg+xml;base64," + encoded,
        f"Published top-1 accuracy against {title}: {values}.",
    )


def _add_line(axes: axes_lib.Axes, costs: Mapping[str, float]) -> None:
    accuracies = [_TOP1[model] for model in costs]
    axes.plot(list(costs.values()), accuracies, "o-")
    for model, position in zip(costs, zip(costs.values(), accuracies)):
        axes.annotate(
            _shorten(model),
            position,
            textcoords="offset points",
            xytext=(4, -10),
            fontsize=8,
        )


def _shorten(model: str) -> str:
    """Returns the name of a variant without that of the family, e.g. 'b0'."""
    return model[len(_PREFIX) :]
