"""Promises, their checks, and the outcomes of the checks."""

from __future__ import annotations

import dataclasses
import enum
from typing import Callable, Generic, Iterable, Sequence, TypeVar

import numpy as np

from ... import errors, escaping

_SubjectT = TypeVar("_SubjectT")

# TensorFlow's messages may repeat a whole graph.
_SHOWN_CHARACTERS = 300


class BrokenError(Exception):
    """A promise is not kept; says what was expected and what was found."""


class AbsentError(Exception):
    """An optional part, which another publisher's module may lack, is missing."""


class UncheckedError(Exception):
    """A promise cannot be checked here; says what the check needs."""


class RiskError(Exception):
    """A module can do what its users may not expect; says what."""


class NotApplicableError(Exception):
    """A promise does not concern a module of this kind; says which kind it is."""


class Outcome(enum.Enum):
    """The outcome of a check."""

    KEPT = "ok"
    BROKEN = "FAILED"
    ABSENT = "absent"
    RISK = "risk"
    UNCHECKED = "not checked"
    NOT_APPLICABLE = "n/a"


_OUTCOMES = (
    (errors.InputError, Outcome.BROKEN),
    (BrokenError, Outcome.BROKEN),
    (AbsentError, Outcome.ABSENT),
    (RiskError, Outcome.RISK),
    (UncheckedError, Outcome.UNCHECKED),
    (NotApplicableError, Outcome.NOT_APPLICABLE),
)


@dataclasses.dataclass(frozen=True)
class Promise(Generic[_SubjectT]):
    """Something that a module does.

    Attributes:
      statement: the promise in a few words.
      check: called with the subject under verification. Returns nothing if the
        promise is kept, otherwise raises BrokenError, AbsentError, RiskError,
        UncheckedError or NotApplicableError.
    """

    statement: str
    check: Callable[[_SubjectT], None]


@dataclasses.dataclass(frozen=True)
class Finding:
    """The outcome of a promise's check.

    Attributes:
      statement: the promise.
      outcome: the outcome.
      detail: the reason, empty if the promise is kept.
    """

    statement: str
    outcome: Outcome
    detail: str = ""

    def __str__(self) -> str:
        line = f"{self.outcome.value:<11}  {self.statement}"
        return f"{line}: {self.detail}" if self.detail else line


@dataclasses.dataclass(frozen=True)
class Report:
    """The findings of a verification.

    Attributes:
      findings: one for each promise.
      strict: whether a missing optional part, or a risk, is a failure.
    """

    findings: Sequence[Finding]
    strict: bool = False

    @property
    def failures(self) -> list[Finding]:
        """The findings that make the verification fail."""
        failing = {Outcome.BROKEN}
        if self.strict:
            failing |= {Outcome.ABSENT, Outcome.RISK}
        return [finding for finding in self.findings if finding.outcome in failing]

    @property
    def unchecked(self) -> list[Finding]:
        """The findings of promises that cannot be checked in this environment."""
        return [each for each in self.findings if each.outcome is Outcome.UNCHECKED]

    @property
    def passed(self) -> bool:
        """Whether there are no failures."""
        return not self.failures

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))


def check_all(
    promises: Iterable[Promise[_SubjectT]], subject: _SubjectT
) -> list[Finding]:
    """Checks promises in turn.

    A check may raise any exception, because it runs a module of unknown content.
    Each exception becomes a finding: a module that cannot run breaks the promise to
    run.

    Args:
      promises: what to check.
      subject: the argument of each check.

    Returns:
      One finding for each promise, in order.
    """
    return [_check(promise, subject) for promise in promises]


def skip_all(promises: Iterable[Promise[_SubjectT]], reason: str) -> list[Finding]:
    """Returns a finding for each promise, which says why it is not checked."""
    return [Finding(each.statement, Outcome.UNCHECKED, reason) for each in promises]


def _check(promise: Promise[_SubjectT], subject: _SubjectT) -> Finding:
    try:
        promise.check(subject)
    except Exception as error:
        for kind, outcome in _OUTCOMES:
            if isinstance(error, kind):
                return Finding(promise.statement, outcome, str(error))
        found = escaping.cut(errors.first_line(error), _SHOWN_CHARACTERS)
        reason = f"{type(error).__name__}: {found}"
        return Finding(promise.statement, Outcome.BROKEN, reason)
    return Finding(promise.statement, Outcome.KEPT)


def expect(kept: bool, message: str) -> None:
    """Raises BrokenError with a message unless a condition holds."""
    if not kept:
        raise BrokenError(message)


def expect_close(
    found: np.ndarray, expected: np.ndarray, what: str, tolerance: float = 1e-4
) -> None:
    """Expects two arrays to be equal, except for rounding.

    Args:
      found: an array.
      expected: an array of the same shape.
      what: names the arrays in the message, e.g. "'default' and 'logits'".
      tolerance: the greatest difference, as a multiple of the standard deviation of
        `expected`, or of 1e-3 of its largest absolute value if that is greater.
    """
    expect(
        found.shape == expected.shape,
        f"{what} must be equal, found shapes {found.shape} and {expected.shape}",
    )
    scale = max(float(expected.std()), 1e-3 * float(np.abs(expected).max()), 1e-12)
    difference = float(np.abs(found - expected).max()) / scale
    expect(
        difference <= tolerance,
        f"{what} must be equal, found them {difference:.3g} standard deviations apart",
    )
