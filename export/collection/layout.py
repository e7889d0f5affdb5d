"""Which handles a module may have, and where its files lie, beside each other."""

from __future__ import annotations

import dataclasses
import os
import re
from typing import Iterator

# A publisher and a name, as tfhub.dev has them, each part to be a folder that is seen.
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]*(/[A-Za-z0-9][\w.-]*)+", re.ASCII)

# The list of a collection's modules, for browsers.
INDEX = "index.html"
# How the names of a version's files end, after its number.
ARCHIVE = ".tar.gz"
PAGE = ".md"
BROWSER_PAGE = ".html"
MANIFEST = ".manifest.json"
PROVENANCE = ".provenance.json"
_ARCHIVE_NAME = re.compile("([1-9][0-9]*)" + re.escape(ARCHIVE))


@dataclasses.dataclass(frozen=True)
class Paths:
    """The files of one version of a module.

    A handle's own path must answer with the archive where it is hosted, so that it is
    no folder: files of a version begin with its number.

    Attributes:
      archive: the module, `<version>.tar.gz`.
      page: its documentation, `<version>.md`.
      browser_page: the same for browsers, and more to look at, `<version>.html`.
      manifest: what it was built from, `<version>.manifest.json`.
      provenance: the same for signing tools, `<version>.provenance.json`.
    """

    archive: str
    page: str
    browser_page: str
    manifest: str
    provenance: str


def is_handle(text: str) -> bool:
    """Whether a text is a handle without a version, e.g. 'me/lite0/classification'."""
    return bool(_HANDLE.fullmatch(text)) and not text.rsplit("/", 1)[1].isdigit()


def paths(folder: str, versioned_handle: str) -> Paths:
    """Returns where the files of a version are.

    Args:
      folder: of the collection.
      versioned_handle: e.g. 'google/efficientnet/b2/classification/1'.
    """
    return beside(os.path.join(folder, *versioned_handle.split("/")))


def beside(stem: str) -> Paths:
    """Returns where the files of a version are that all begin with a path."""
    return Paths(
        archive=stem + ARCHIVE,
        page=stem + PAGE,
        browser_page=stem + BROWSER_PAGE,
        manifest=stem + MANIFEST,
        provenance=stem + PROVENANCE,
    )


def versioned_handles(folder: str) -> Iterator[str]:
    """Yields handle and version of what is published in a collection, in order."""
    found = []
    for parent, folders, names in os.walk(folder):
        # What is being built, or was when its builder was killed.
        folders[:] = [name for name in folders if not name.startswith(".")]
        handle = os.path.relpath(parent, folder).replace(os.sep, "/")
        for name in names:
            version = _ARCHIVE_NAME.fullmatch(name)
            if version is not None and is_handle(handle):
                found.append((handle, int(version.group(1))))
    return ("%s/%d" % each for each in sorted(found))
