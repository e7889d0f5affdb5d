"""Draws the plots of the page, one function per file."""

from __future__ import annotations

import os

import matplotlib
import measurements
import rates as rates_lib

matplotlib.use("agg")
from matplotlib import pyplot, ticker

_ENVIRONMENT = "2.15.1"
_DOTS_PER_INCH = 80
# The names of the files, in the order of the functions below.
FILES = ("variants.png", "cores.png", "pipeline.png")


def write(measured: measurements.Measurements, folder: str) -> None:
    """Draws all plots.

    Args:
      measured: all measurements.
      folder: where to write the PNG files.

    Raises:
      measurements.IncompleteError: if something was not measured; nothing is written.
    """
    figures = [
        draw(measured.measured(_ENVIRONMENT, part))
        for part, draw in (
            ("variants", _variants),
            ("cores", _cores),
            ("pipeline", _pipeline),
        )
    ]
    os.makedirs(folder, exist_ok=True)
    for figure, name in zip(figures, FILES):
        # No metadata: the version of matplotlib would change the bytes of the file.
        figure.savefig(
            os.path.join(folder, name),
            dpi=_DOTS_PER_INCH,
            metadata={"Software": None},
        )
        pyplot.close(figure)


def _variants(variants):
    """Images per second against multiply-adds, parameters and image size."""
    rates = rates_lib.of_variants(variants)
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 4), sharey=True)
    titles = (
        ("multiply_adds", "multiply-adds, billions", 1e9),
        ("parameters", "parameters, millions", 1e6),
        ("image_size", "image size, pixels", 1),
    )
    for axes, (key, title, unit) in zip(panels, titles):
        for family in ("efficientnet-b", "efficientnet-lite"):
            models = [model for model in rates if model.startswith(family)]
            costs = [variants["costs"][model][key] / unit for model in models]
            speeds = [rates[model] for model in models]
            axes.plot(costs, speeds, "o-", label=family.replace("efficientnet-", ""))
            for model, cost, speed in zip(models, costs, speeds):
                axes.annotate(
                    model.replace("efficientnet-", ""),
                    (cost, speed),
                    textcoords="offset points",
                    xytext=(4, 4),
                    fontsize=8,
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 3, 4, 6)))
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axes.set_xlabel(title)
        axes.grid(True, which="both", alpha=0.3)
    panels[0].set_ylabel("images a second")
    figure.tight_layout()
    return figure


def _cores(cores):
    """Images per second against batch size, a line per number of cores."""
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for model, count, rates in rates_lib.of_cores(cores):
        name = model.replace("efficientnet-", "")
        label = f"{name}, {count} core{'' if count == 1 else 's'}"
        axes.plot(list(rates), list(rates.values()), "o-", label=label)
        axes.set_xscale("log", base=2)
        axes.set_xticks(list(rates), list(rates))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("batch size")
    axes.set_ylabel("images a second")
    axes.grid(True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    return figure


def _pipeline(pipeline):
    """Bars of images per second: reading, the network, both."""
    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    rates = dict(rates_lib.of_pipeline(pipeline))
    names = list(next(iter(rates.values())))
    for index, name in enumerate(names):
        places = [position + 0.27 * (index - 1) for position in range(len(rates))]
        heights = [each[name] for each in rates.values()]
        bars = axes.bar(places, heights, 0.25, label=name)
        axes.bar_label(bars, fmt="%.0f", fontsize=8)
    axes.set_xticks(range(len(rates)), list(rates))
    axes.set_ylabel("images a second")
    axes.legend()
    figure.tight_layout()
    return figure
