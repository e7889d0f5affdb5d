"""The page's tables of how cost grows."""

from __future__ import annotations

import markdown_table
import measurements
import rates as rates_lib

Measurements = measurements.Measurements


def variants(measured: Measurements) -> str:
    """What each variant costs, and its images per second."""
    of = measured.measured("2.15.1", "variants")
    rows = []
    for model, rate in rates_lib.of_variants(of).items():
        cost = of["costs"][model]
        billions = cost["multiply_adds"] / 1e9
        figures = (cost["parameters"] / 1e6, billions, rate, rate * billions)
        size = str(cost["image_size"])
        rows.append([model, size, *map(markdown_table.number, figures)])
    head = ["", "pixels", "parameters, M", "multiply-adds, G", "images per second"]
    return markdown_table.table([*head, "G multiply-adds per second"], rows)


def cores(measured: Measurements) -> str:
    """Images per second by batch size and number of cores."""
    rows, head = [], [""]
    for model, count, rates in rates_lib.of_cores(measured.measured("2.15.1", "cores")):
        head = [""] + [f"batch {batch}" for batch in rates]
        title = f"{model}, {count} core{'' if count == 1 else 's'}"
        rows.append([title, *map(markdown_table.number, rates.values())])
    return markdown_table.table(head, rows)


def pipeline(measured: Measurements) -> str:
    """Images per second of reading, of the network, and of both."""
    of = measured.measured("2.15.1", "pipeline")
    rows = [
        [model, *map(markdown_table.number, rates.values())]
        for model, rates in rates_lib.of_pipeline(of)
    ]
    head = ["images per second", "reading", "network", "both"]
    return markdown_table.table(head, rows)
