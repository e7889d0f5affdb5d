"""Writes the index of a collection from the manifests that are published there."""

from __future__ import annotations

import os

from ... import errors
from ..pages import index_page
from ..storage import publication
from . import layout
from . import manifest as manifest_lib


def publish(folder: str) -> list[str]:
    """Writes the index in one step.

    Args:
      folder: the collection's folder. No other program builds there at the same time.

    Returns:
      Why versions with a manifest are not in the index, one sentence each.

    Raises:
      errors.InputError: if the folder cannot be written.
      errors.DependencyError: if a package that renders the page is missing.
    """
    rows, reasons = _read_rows(folder)
    index = os.path.join(folder, layout.INDEX)
    with publication.staging(index) as staged:
        path = os.path.join(staged, layout.INDEX)
        with errors.naming(path), open(path, "w", encoding="utf-8") as file:
            file.write(index_page.render(rows))
        publication.publish(path, index, overwrite=True)
    return reasons


def _read_rows(folder: str) -> tuple[list[index_page.Row], list[str]]:
    """Returns the rows, and why versions with a manifest have none."""
    rows, reasons = [], []
    for handle in layout.versioned_handles(folder):
        path = layout.paths(folder, handle).manifest
        if not os.path.exists(path):
            continue  # It was not published by `build`.
        try:
            rows.append(_describe_row(handle, manifest_lib.read(path)))
        except errors.InputError as error:
            reasons.append(str(error))
    return rows, reasons


def _describe_row(handle: str, manifest: manifest_lib.Manifest) -> index_page.Row:
    return index_page.Row(
        address=handle + layout.BROWSER_PAGE,
        handle=handle,
        summary=manifest.card.summary,
        untrained=manifest.card.untrained,
        model=manifest.network.name,
        image_size=manifest.network.image_size,
        parameters=manifest.network.parameters,
        multiply_adds=manifest.network.multiply_adds,
        archive_bytes=manifest.archive.bytes,
    )
