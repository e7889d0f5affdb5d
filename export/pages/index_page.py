"""Renders the HTML page of a collection: its modules, their size and accuracy."""

from __future__ import annotations

import dataclasses
from typing import Sequence

from . import accuracy_plot, rendering

_TEMPLATE = "index.html"


@dataclasses.dataclass(frozen=True)
class Row:
    """A version of a module.

    Attributes:
      address: the address of its page, relative to the index.
      handle: its handle and version.
      summary: what it is, one line of Markdown.
      untrained: whether weights that the output depends on are untrained.
      model: the variant's name.
      image_size: expected height and width of the images, in pixels.
      parameters: number of trainable parameters.
      multiply_adds: for one image of that size.
      archive_bytes: size of its archive.
    """

    address: str
    handle: str
    summary: str
    untrained: bool
    model: str
    image_size: int
    parameters: int
    multiply_adds: int
    archive_bytes: int


def render(rows: Sequence[Row]) -> str:
    """Returns the page of a collection, HTML.

    Raises:
      errors.DependencyError: if Jinja, Markdown or matplotlib is missing.
    """
    return rendering.render(
        _TEMPLATE,
        rows=rows,
        untrained=sum(row.untrained for row in rows),
        plots=accuracy_plot.draw(row.model for row in rows),
    )
