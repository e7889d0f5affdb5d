"""Writes the results of `compare_modules.py` into docs/weights.md, and as JSON.

A run without `--all` tries some cases only. The others keep their committed results.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
from typing import Any, Mapping, Sequence

_HEAD = (
    "library",
    "version",
    "model",
    "saved as",
    "flags besides `--model` and `--weights`",
    "greatest difference",
)
# The table is between two comments, so that the text around it stays.
_BEGIN = "<!-- Written by `nox -s peers`. -->\n"
_END = "<!-- End of what `nox -s peers` writes. -->\n"
_PLACE = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.S)

_Result = Mapping[str, Any]


def main() -> None:
    # Only a program imports it: the tests of the table have no such module.
    import cases

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measured", required=True, help="what compare_modules wrote")
    parser.add_argument("--results", required=True, help="the JSON file to write")
    parser.add_argument("--page", required=True, help="docs/weights.md")
    arguments = parser.parse_args()
    results = pathlib.Path(arguments.results)
    page = pathlib.Path(arguments.page)
    merged = merge(
        json.loads(results.read_text("utf-8")) if results.exists() else [],
        json.loads(pathlib.Path(arguments.measured).read_text("utf-8")),
        [case.name for case in cases.CASES],
    )
    for result in merged:
        result["saved_as"] = cases.FORMS[result["form"]][0]
    text = replace_table(page.read_text("utf-8"), merged)
    results.write_text(to_json(merged), "utf-8")
    page.write_text(text, "utf-8")


def merge(
    old: Sequence[_Result], new: Sequence[_Result], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Returns the newest result of each case that has one.

    Args:
      old: the committed results.
      new: the results of this run.
      names: the names of all cases, in the order of the table.
    """
    newest = {result["name"]: dict(result) for result in (*old, *new)}
    return [newest[name] for name in names if name in newest]


def to_json(results: Sequence[_Result]) -> str:
    """Returns results as JSON, one in a line."""
    lines = [json.dumps(result, ensure_ascii=False) for result in results]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def replace_table(page: str, results: Sequence[_Result]) -> str:
    """Returns a page with a table of the results in place of the old one.

    Raises:
      ValueError: if the page does not have the comments once.
    """
    text = f"{_BEGIN}\n{to_markdown(results)}\n{_END}"
    page, count = _PLACE.subn(lambda _: text, page)
    if count != 1:
        raise ValueError(f"the page must have one table to replace, found {count}")
    return page


def to_markdown(results: Sequence[_Result]) -> str:
    """Returns the table of results."""
    rows = [_HEAD, ["---"] * (len(_HEAD) - 1) + ["---:"], *map(_row, results)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(result: _Result) -> list[str]:
    model = f"`{result['architecture']}`"
    if result["kind"]:
        model += f", {result['kind']}"
    return [
        result["library"],
        result["version"],
        model,
        result["saved_as"],
        " ".join(f"`{flag}`" for flag in result["flags"]),
        f"{max(result['differences'].values()):.1e}",
    ]


if __name__ == "__main__":
    main()
