"""Puts what `finetuning.py` measured into docs/fine-tuning.md, in its table's place.

python finetuning_table.py --page=docs/fine-tuning.md RESULTS.json ...
"""

from __future__ import annotations

import argparse
import re

import markdown_table
import results

_WAYS = {
    "whole": "the whole network, 64 pixels",
    "frozen": "the classifier alone, 128 pixels",
    "cluster": "the whole network by two that train, 64 pixels",
}
_HEAD = (
    "what is trained",
    "TensorFlow",
    "processes",
    "accuracy",
    "steps a second",
    "seconds in all",
    "peak memory, MiB",
)
_TABLE = re.compile(r"^\| what is trained \|.*\n(?:\|.*\n)+", re.M)
_MEGABYTE = 2**20


def main() -> None:
    """Replaces the page's table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", required=True, help="docs/fine-tuning.md")
    parser.add_argument("results", nargs="+", help="what finetuning.py wrote")
    arguments = parser.parse_args()
    with open(arguments.page, encoding="utf-8") as file:
        page = file.read()
    measured = [results.read(path) for path in arguments.results]
    page, count = _TABLE.subn(lambda _: table(measured) + "\n", page)
    if count != 1:
        raise ValueError("the page must have one table to replace, found %d" % count)
    with open(arguments.page, "w", encoding="utf-8") as file:
        file.write(page)


def table(measured: list[dict]) -> str:
    """Returns the table of some results, of one TensorFlow each."""
    return markdown_table.table(
        _HEAD,
        [
            _row(way, result["environment"]["tensorflow"], result["measured"][way])
            for way in _WAYS
            for result in measured
        ],
    )


def _row(way: str, tensorflow: str, of_way: dict) -> list[str]:
    return [
        _WAYS[way],
        tensorflow,
        str(len(of_way["peak_bytes"])),
        "%.1f %%" % (100 * of_way["accuracy"]),
        markdown_table.number(of_way["steps_per_second"]),
        markdown_table.number(of_way["seconds"]),
        markdown_table.number(sum(of_way["peak_bytes"]) / _MEGABYTE),
    ]


if __name__ == "__main__":
    main()
