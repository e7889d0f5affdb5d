"""The index of a collection, made anew from what is published there."""

from __future__ import annotations

import os
from typing import Iterator

from ... import errors
from ..pages import card, index_page
from ..storage import publication
from . import layout
from . import manifest as manifest_lib


def publish(folder: str) -> None:
    """Writes the index, seen whole or not at all.

    Args:
      folder: of the collection, in which nobody else builds just now.

    Raises:
      errors.InputError: if the folder cannot be written.
      errors.DependencyError: if what draws the page is missing.
    """
    index = os.path.join(folder, layout.INDEX)
    publication.remove_staging(index)
    with publication.staging(index) as staged:
        path = os.path.join(staged, layout.INDEX)
        with open(path, "w", encoding="utf-8") as file:
            file.write(index_page.render(list(_rows(folder))))
        publication.publish(path, index, overwrite=True)


def _rows(folder: str) -> Iterator[index_page.Row]:
    for handle in layout.versioned_handles(folder):
        paths = layout.paths(folder, handle)
        try:
            manifest = manifest_lib.read(paths.manifest)
            with open(paths.page, encoding="utf-8") as file:
                page = card.parse(file.read())
        except (OSError, errors.InputError):
            continue  # It was not published by `build`, or somebody took a file away.
        yield index_page.Row(
            address=handle + layout.BROWSER_PAGE,
            handle=handle,
            summary=page.summary,
            untrained=page.untrained,
            model=manifest["inputs"]["options"]["model"],
            archive_bytes=manifest["archive"]["bytes"],
            **manifest["network"],
        )
