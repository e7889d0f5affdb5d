"""Where the weights of a module come from, and how the module records it."""

from __future__ import annotations

import dataclasses
from typing import Mapping

from . import attachments


@dataclasses.dataclass(frozen=True)
class Provenance:
    """Where weights come from.

    Attributes:
      source: where they come from, in a few words. If they are `descended`, it also
        names the weights that they started from.
      license: the SPDX identifier of the license of the weights or, if they are
        `descended`, of the weights that they started from. None if unknown.
      dataset: the name of the data set that they were trained on, None if unknown.
        A module does not record it.
      descended: whether they started from other weights.
    """

    source: str
    license: str | None = None
    dataset: str | None = None
    descended: bool = False

    def descend_from(self, start: Provenance, how: str) -> Provenance:
        """Returns the provenance of weights from here that started from others.

        Args:
          start: the provenance of the weights that they started from.
          how: how they came from those, e.g. 'fine-tuned from'.
        """
        return dataclasses.replace(
            self,
            source=f"{self.source}, {how} {start.source}",
            license=start.license,
            descended=True,
        )

    def to_facts(self) -> dict[str, str]:
        """Returns the facts of the message `attachments.NETWORK`, by key."""
        facts = {attachments.WEIGHTS: self.source}
        if self.license is not None:
            key = attachments.START_LICENSE if self.descended else attachments.LICENSE
            facts[key] = self.license
        return facts

    @classmethod
    def from_facts(cls, facts: Mapping[str, str]) -> Provenance:
        """Returns what the facts of a module say, see `to_facts`.

        Weights that started from weights of an unknown license are not `descended`
        here: no fact says so.
        """
        return cls(
            facts[attachments.WEIGHTS],
            license=facts.get(attachments.LICENSE)
            or facts.get(attachments.START_LICENSE),
            descended=attachments.START_LICENSE in facts,
        )
