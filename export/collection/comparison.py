"""Compares a published module with its manifest."""

from __future__ import annotations

import os
from typing import Iterator, Mapping

from ... import digests
from . import manifest as manifest_lib


def find_differences(path: str, module: str | None = None) -> list[str]:
    """Returns the differences between files and their manifest, one sentence each.

    Args:
      path: path of the manifest. The pages are beside it.
      module: path of the module's archive or directory, the pages are then optional.
        By default the archive beside the manifest, with its pages.

    Raises:
      errors.InputError: if there is no manifest, or it has another schema.
    """
    manifest = manifest_lib.read(path)
    folder = os.path.dirname(path)
    pages = {
        os.path.join(folder, page.name): page.sha256
        for page in (manifest.page, manifest.browser_page)
    }
    if module is not None:
        pages = {page: sha256 for page, sha256 in pages.items() if os.path.exists(page)}
    found = list(_compare(pages))
    if module is None:
        module = os.path.join(folder, manifest.archive.name)
    if not os.path.isdir(module):
        return found + list(_compare({module: manifest.archive.sha256}))
    expected = {
        os.path.join(module, name): sha256 for name, sha256 in manifest.files.items()
    }
    unknown = set(_list_files(module)) - set(expected)
    found += [f"'{name}' is not a file of the module" for name in sorted(unknown)]
    return found + list(_compare(expected))


def _compare(expected: Mapping[str, str]) -> Iterator[str]:
    """Yields the differences of files, of which the SHA-256 are given by path."""
    for path, sha256 in expected.items():
        if not os.path.isfile(path):
            yield f"'{path}' is missing"
            continue
        found = digests.of_file(path)
        if found != sha256:
            yield f"'{path}' must have SHA-256 {sha256}, found {found}"


def _list_files(folder: str) -> list[str]:
    return [
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
    ]
