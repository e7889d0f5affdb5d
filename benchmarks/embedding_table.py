"""Writes the results of `embedding.py` into the table of docs/scale.md.

python embedding_table.py --page=docs/scale.md RESULTS.json
"""

from __future__ import annotations

import argparse

import markdown_table
import paired
import results

_HEAD = (
    "network",
    "network alone, images per second",
    "`embed`, images per second",
    "of the network alone",
    "with stored sizes",
    "images an hour",
    "hours for a million",
    "Spark, images per second",
    "of one process",
    "memory of a worker, MiB",
)
_MEGABYTE = 2**20
_HOUR = 3600


def main() -> None:
    """Replaces the page's table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", required=True, help="docs/scale.md")
    parser.add_argument("results", help="the file that embedding.py wrote")
    arguments = parser.parse_args()
    measured = results.read(arguments.results)["measured"]
    markdown_table.replace(arguments.page, table(measured))


def table(measured: dict) -> str:
    """Returns the table of the results."""
    return markdown_table.table(
        _HEAD, [_row(model, found) for model, found in measured.items()]
    )


def _row(model: str, found: dict) -> list[str]:
    rate = paired.summary(found["embed"]).median
    on_spark = paired.summary(found["spark"]).median
    return [
        model,
        markdown_table.number(paired.summary(found["network"]).median),
        markdown_table.number(rate),
        markdown_table.number(paired.ratio(found["embed"], found["network"]).median),
        markdown_table.number(paired.ratio(found["stored"], found["network"]).median),
        markdown_table.number(rate * _HOUR),
        markdown_table.number(10**6 / rate / _HOUR),
        markdown_table.number(on_spark),
        markdown_table.number(on_spark / paired.summary(found["process"]).median),
        markdown_table.number(max(found["worker_bytes"]) / _MEGABYTE),
    ]


if __name__ == "__main__":
    main()
