"""Reads a module's documentation page, Markdown, by its parts."""

from __future__ import annotations

import dataclasses
import re
from typing import Mapping

_TITLE = "# Module "
_METADATUM = re.compile(r"<!-- ([a-z-]+): (.+) -->")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
# What `model_card` writes of weights that nobody trained, whole or in part.
_UNTRAINED = "UNTRAINED"


@dataclasses.dataclass(frozen=True)
class Card:
    """A documentation page.

    Attributes:
      handle: the module's handle and version.
      summary: what it is, one line of Markdown.
      metadata: the values of its metadata comments by name.
      sections: Markdown of each section by its title, in their order.
    """

    handle: str
    summary: str
    metadata: Mapping[str, str]
    sections: Mapping[str, str]

    @property
    def untrained(self) -> bool:
        """Whether what the module puts out means nothing yet."""
        return _UNTRAINED in self.summary


def parse(text: str) -> Card:
    """Returns the parts of a page that `model_card.render` wrote."""
    head, sections = split(text)
    title, _, rest = head.partition("\n")
    return Card(
        handle=title[len(_TITLE) :],
        summary=rest.strip().partition("\n")[0],
        metadata=dict(_METADATUM.findall(head)),
        sections=sections,
    )


def split(text: str) -> tuple[str, dict[str, str]]:
    """Returns what stands before the first section, and the sections by title."""
    head, *rest = _SECTION.split(text)
    return head, dict(zip(rest[::2], map(str.strip, rest[1::2])))
