"""Writes the results of `finetuning.py` into the table of docs/fine-tuning.md.

python finetuning_table.py --page=docs/fine-tuning.md RESULTS.json ...
"""

from __future__ import annotations

import argparse

import markdown_table
import results

_EXAMPLES = {
    "whole": "the whole network, 64 pixels",
    "frozen": "the classifier only, 128 pixels",
    "cluster": "the whole network on a cluster, 64 pixels",
}
_HEAD = (
    "trained part",
    "TensorFlow",
    "processes",
    "accuracy",
    "steps per second",
    "total seconds",
    "peak memory, MiB",
)
_MEGABYTE = 2**20


def main() -> None:
    """Replaces the page's table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", required=True, help="docs/fine-tuning.md")
    parser.add_argument("results", nargs="+", help="files that finetuning.py wrote")
    arguments = parser.parse_args()
    measured = [results.read(path) for path in arguments.results]
    markdown_table.replace(arguments.page, table(measured))


def table(measured: list[dict]) -> str:
    """Returns the table of the results, each of one TensorFlow."""
    return markdown_table.table(
        _HEAD,
        [
            _row(
                example,
                result["environment"]["tensorflow"],
                result["measured"][example],
            )
            for example in _EXAMPLES
            for result in measured
        ],
    )


def _row(example: str, tensorflow: str, measured: dict) -> list[str]:
    return [
        _EXAMPLES[example],
        tensorflow,
        str(len(measured["peak_bytes"])),
        "%.1f %%" % (100 * measured["accuracy"]),
        markdown_table.number(measured["steps_per_second"]),
        markdown_table.number(measured["seconds"]),
        markdown_table.number(sum(measured["peak_bytes"]) / _MEGABYTE),
    ]


if __name__ == "__main__":
    main()
