"""The documentation page of a module as data, and its Markdown."""

from __future__ import annotations

import dataclasses
from typing import Iterator, Sequence

from ... import escaping


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What tfhub.dev's documentation format says in comments of the page.

    Attributes:
      asset_path: file name of the archive, or 'legacy' if there is none.
      task: what the module computes, e.g. 'image-classification'.
      dataset: what the weights were trained on, or None if that is unknown.
      network_architecture: e.g. 'efficientnet-b0'.
      fine_tunable: 'true' or 'false'.
      format: 'hub' or 'saved_model_2'.
      license: an SPDX identifier in lower case, or 'custom'.
    """

    asset_path: str
    task: str
    dataset: str | None
    network_architecture: str
    fine_tunable: str
    format: str
    license: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A section of a page.

    Attributes:
      title: its heading.
      text: what is below the heading, Markdown.
    """

    title: str
    text: str


@dataclasses.dataclass(frozen=True)
class Card:
    """The documentation page of a module.

    Attributes:
      handle: the module's handle and version, e.g. 'me/b0/classification/1'.
      summary: what the module is, one line of Markdown.
      untrained: whether weights that the output depends on are untrained.
      metadata: facts for programs.
      sections: what the page says, in order.
    """

    handle: str
    summary: str
    untrained: bool
    metadata: Metadata
    sections: Sequence[Section]

    def to_markdown(self) -> str:
        """Returns the page in tfhub.dev's documentation format."""
        parts = [f"# Module {self.handle}", self.summary]
        parts.append("\n".join(_format_metadata(self.metadata)))
        for section in self.sections:
            parts += [f"## {section.title}", section.text]
        return "\n\n".join(parts) + "\n"


def begins_as_card(text: str) -> bool:
    """Returns whether a text begins as a page that `Card.to_markdown` returned."""
    return text.startswith("# Module ") and "\n<!-- asset-path: " in text


def _format_metadata(metadata: Metadata) -> Iterator[str]:
    """Yields a comment for each field that is known."""
    for name, value in dataclasses.asdict(metadata).items():
        if value is not None:
            shown = escaping.escape_comment(value)
            yield f"<!-- {name.replace('_', '-')}: {shown} -->"
