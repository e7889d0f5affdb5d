"""Finds the files of this package that determine the bytes of a module and its card.

They are derived from the imports of `exporter`, so that no list can become incomplete.
A change of one makes published modules stale. A change of another file does not, such
as one of a command, a server, a check of `verify` or a page for browsers: a published
page stays as it is until its module is built again.
"""

from __future__ import annotations

import ast
import os
from typing import Iterator

from ... import digests

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_START = os.path.join("export", "exporter.py")
# The exporter imports these, but they only refuse, choose paths, move files, or define
# options, whose values the manifest records.
WITHOUT_EFFECT = (
    "__init__.py",
    "dependencies.py",
    "errors.py",
    "option_fields.py",
    "paths.py",
    os.path.join("export", "destinations.py"),
    os.path.join("export", "options.py"),
    os.path.join("export", "replaceable.py"),
    os.path.join("export", "storage", "folder_locks.py"),
    os.path.join("export", "storage", "publication.py"),
    os.path.join("export", "storage", "renames.py"),
    os.path.join("export", "storage", "replaced_folders.py"),
    os.path.join("export", "storage", "temporary_folders.py"),
)
# Files beside the sources that they read: names of classes, known ops, templates.
_DATA_ENDINGS = (".json", ".txt")


def compute_digest(root: str = _ROOT) -> str:
    """Returns a hash of the files and their names.

    Args:
      root: the package's folder.
    """
    return digests.of_texts(
        f"{path} {digests.of_file(os.path.join(root, path))}"
        for path in list_files(root)
    )


def list_files(root: str = _ROOT) -> list[str]:
    """Returns the paths of the files relative to the package's folder, in order."""
    imported = find_imported(root)
    data = {
        path for folder in _list_packages(imported) for path in _find_data(root, folder)
    }
    return sorted((imported | data) - set(WITHOUT_EFFECT))


def find_imported(root: str = _ROOT) -> set[str]:
    """Returns the sources that the exporter imports, and what those import.

    The package imports itself by relative imports only.
    """
    found, to_read = set(), [_START]
    while to_read:
        path = to_read.pop()
        if path not in found:
            found.add(path)
            to_read += _find_imports(root, path)
    return found


def _find_imports(root: str, path: str) -> Iterator[str]:
    with open(os.path.join(root, path), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from _resolve(root, path, node)


def _resolve(root: str, path: str, node: ast.ImportFrom) -> Iterator[str]:
    """Yields the file of each module that a relative import statement imports."""
    folder = path
    for _ in range(node.level):
        folder = os.path.dirname(folder)
    home = os.path.join(folder, *(node.module or "").split("."))
    for alias in node.names:
        candidates = (os.path.join(home, alias.name) + ".py", home + ".py")
        package = os.path.join(home, "__init__.py")
        yield next(
            (each for each in candidates if os.path.isfile(os.path.join(root, each))),
            package,
        )


def _list_packages(paths: set[str]) -> set[str]:
    """Returns the folders of sources, without the root."""
    return {os.path.dirname(path) for path in paths} - {""}


def _find_data(root: str, folder: str) -> Iterator[str]:
    """Yields the data files of a package, also those in a folder of data."""
    for parent, folders, names in os.walk(os.path.join(root, folder)):
        folders[:] = [
            name
            for name in folders
            if not os.path.isfile(os.path.join(parent, name, "__init__.py"))
        ]
        for name in names:
            if name.endswith(_DATA_ENDINGS):
                yield os.path.relpath(os.path.join(parent, name), root)
