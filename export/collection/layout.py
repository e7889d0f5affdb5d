"""Valid handles of modules, and the paths of their published files."""

from __future__ import annotations

import dataclasses
import os
import re
from typing import Iterator

# A publisher and a name, as tfhub.dev has them. No part is the name of a hidden folder.
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]*(/[A-Za-z0-9][\w.-]*)+", re.ASCII)

# The list of a collection's modules, for browsers.
INDEX = "index.html"
# The endings of the names of a version's files, after its number.
ARCHIVE = ".tar.gz"
PAGE = ".md"
BROWSER_PAGE = ".html"
MANIFEST = ".manifest.json"
PROVENANCE = ".provenance.json"
_ENDINGS = (ARCHIVE, PAGE, BROWSER_PAGE, MANIFEST, PROVENANCE)
# No part of a handle has the name of a file or a folder that a module, a collection, or
# a server has itself.
_RESERVED = {"assets", "variables", "saved_model.pb", "tfhub_module.pb"}
_LONGEST_HANDLE = 200
_ARCHIVE_NAME = re.compile("([1-9][0-9]*)" + re.escape(ARCHIVE))


@dataclasses.dataclass(frozen=True)
class Paths:
    """The files of one version of a module.

    `<handle>/<version>` is an address of its own: a server answers it with the archive,
    so it cannot be a folder. The names of a version's files start with its number
    instead.

    Attributes:
      archive: the module, `<version>.tar.gz`.
      page: its documentation, `<version>.md`.
      browser_page: its documentation for browsers, with more details,
        `<version>.html`.
      manifest: what it was built from, `<version>.manifest.json`.
      provenance: the manifest for signing tools, `<version>.provenance.json`.
    """

    archive: str
    page: str
    browser_page: str
    manifest: str
    provenance: str


def is_handle(text: str) -> bool:
    """Whether a text is a handle without a version, e.g. 'me/lite0/classification'."""
    return bool(_HANDLE.fullmatch(text)) and not text.rsplit("/", 1)[1].isdigit()


def is_publishable(handle: str) -> bool:
    """Whether a handle can be published: no part of it is the name of another file."""
    parts = handle.lower().split("/")
    return (
        len(handle) <= _LONGEST_HANDLE
        and is_handle(handle)
        and not any(part.endswith(_ENDINGS) or part in _RESERVED for part in parts)
    )


def paths(folder: str, versioned_handle: str) -> Paths:
    """Returns the paths of the files of a version.

    Args:
      folder: of the collection.
      versioned_handle: e.g. 'google/efficientnet/b2/classification/1'.
    """
    return beside(os.path.join(folder, *versioned_handle.split("/")))


def beside(stem: str) -> Paths:
    """Returns the paths of the files of a version, which all start with `stem`."""
    return Paths(
        archive=stem + ARCHIVE,
        page=stem + PAGE,
        browser_page=stem + BROWSER_PAGE,
        manifest=stem + MANIFEST,
        provenance=stem + PROVENANCE,
    )


def versioned_handles(folder: str) -> list[str]:
    """Returns handle and version of each published module of a collection, in order."""
    found = sorted(_find_versions(folder))
    return [f"{handle}/{version}" for handle, version in found]


def has_modules(folder: str) -> bool:
    """Whether a folder has a published module."""
    return any(True for _ in _find_versions(folder))


def _find_versions(folder: str) -> Iterator[tuple[str, int]]:
    for parent, folders, names in os.walk(folder):
        # A build in progress, or one that was killed.
        folders[:] = [name for name in folders if not name.startswith(".")]
        handle = os.path.relpath(parent, folder).replace(os.sep, "/")
        for name in names:
            version = _ARCHIVE_NAME.fullmatch(name)
            if version is not None and is_handle(handle):
                yield handle, int(version.group(1))
