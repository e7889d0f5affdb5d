"""What a comparison of two modules found."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Mapping, Sequence

# The topic of what the modules compute of photographs.
OUTPUTS = "outputs"


class Outcome(enum.Enum):
    """The outcome of the comparison of one thing."""

    SAME = "same"
    # A program that works with A may not work, or computes something else, with B.
    DIFFERS = "differs"
    # They differ, but no program needs what B lacks.
    NOTE = "note"
    NOT_COMPARED = "not compared"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was found about one thing.

    Attributes:
      topic: what kind of thing it is, such as 'variables'.
      outcome: the outcome.
      detail: a phrase without a full stop.
      subject: which thing it is, such as the name of a variable; empty if it is all of
        the kind.
      measures: numbers by name, such as 'greatest'. None for one that is not finite.
    """

    topic: str
    outcome: Outcome
    detail: str
    subject: str = ""
    measures: Mapping[str, float | None] = dataclasses.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Returns the fields for JSON."""
        return {
            "topic": self.topic,
            "subject": self.subject,
            "outcome": self.outcome.value,
            "detail": self.detail,
            "measures": dict(self.measures),
        }


@dataclasses.dataclass(frozen=True)
class Report:
    """The result of a comparison.

    Attributes:
      module: the path of module A.
      other: the path of module B.
      tolerance: the largest relative difference that counts as the same.
      photographs: the number of photographs that both modules saw.
      findings: what was found, in the order of the comparison.
    """

    module: str
    other: str
    tolerance: float
    photographs: int
    findings: Sequence[Finding]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs, as far as it was compared, and an output was."""
        return self.has_outputs and not self.select(Outcome.DIFFERS)

    @property
    def has_outputs(self) -> bool:
        """Whether outputs on photographs were compared."""
        return any(
            each.topic == OUTPUTS and each.outcome in (Outcome.SAME, Outcome.DIFFERS)
            for each in self.findings
        )

    def select(self, outcome: Outcome) -> list[Finding]:
        """Returns the findings with an outcome."""
        return [each for each in self.findings if each.outcome is outcome]

    def to_json(self) -> dict[str, Any]:
        """Returns the fields for JSON, which docs/json.md describes."""
        return {
            "a": self.module,
            "b": self.other,
            "same": self.is_same,
            "tolerance": self.tolerance,
            "photographs": self.photographs,
            "findings": [each.to_json() for each in self.findings],
        }
