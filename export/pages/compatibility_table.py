"""Reads the compatibility table, which `make compat` measures and writes as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Sequence

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compatibility.json")


@dataclasses.dataclass(frozen=True)
class Consumer:
    """An environment that uses modules.

    Attributes:
      name: its name in the table, e.g. '1.15.5'.
      environment: its Python and packages, with their versions.
    """

    name: str
    environment: str


@dataclasses.dataclass(frozen=True)
class Use:
    """A way to use a module.

    Attributes:
      title: what it is, one line of Markdown.
      works_in: the names of the consumers that it works in.
      not_offered_in: the names of the consumers that do not have it. The use was not
        tried in the others.
    """

    title: str
    works_in: Sequence[str]
    not_offered_in: Sequence[str]

    def describe(self, consumer: str) -> str:
        """Returns what a cell of the table says about a consumer."""
        if consumer in self.works_in:
            return "yes"
        if consumer in self.not_offered_in:
            return "not offered"
        return "not tried"


@dataclasses.dataclass(frozen=True)
class CompatibilityTable:
    """What works in which TensorFlow.

    Attributes:
      consumers: the columns of the table.
      uses: its rows.
    """

    consumers: Sequence[Consumer]
    uses: Sequence[Use]


def read() -> CompatibilityTable:
    """Returns the table that the package ships."""
    with open(PATH, encoding="utf-8") as file:
        content = json.load(file)
    return CompatibilityTable(
        consumers=[Consumer(**consumer) for consumer in content["consumers"]],
        uses=[Use(**use) for use in content["uses"]],
    )
