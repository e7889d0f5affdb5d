"""A promise, its check, and what came of it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Callable, Iterable, Sequence

import numpy as np

from ... import errors


class BrokenError(Exception):
    """A promise is not kept; says what was expected and what was found."""


class AbsentError(Exception):
    """An optional part, which another publisher's module may lack, is missing."""


class UncheckedError(Exception):
    """A promise cannot be checked here; says what it would take."""


class Outcome(enum.Enum):
    """What came of checking a promise."""

    KEPT = "ok"
    BROKEN = "FAILED"
    ABSENT = "absent"
    UNCHECKED = "not checked"


@dataclasses.dataclass(frozen=True)
class Promise:
    """Something that a module does.

    Attributes:
      statement: what, in a few words.
      check: called with the subject under verification; raises BrokenError,
        AbsentError or UncheckedError, returns nothing if the promise is kept.
    """

    statement: str
    check: Callable


@dataclasses.dataclass(frozen=True)
class Finding:
    """What came of a promise.

    Attributes:
      statement: the promise.
      outcome: whether it is kept.
      detail: why not, empty if it is kept.
    """

    statement: str
    outcome: Outcome
    detail: str = ""

    def __str__(self):
        line = "%-11s  %s" % (self.outcome.value, self.statement)
        return f"{line}: {self.detail}" if self.detail else line


@dataclasses.dataclass(frozen=True)
class Report:
    """What came of all promises.

    Attributes:
      findings: one a promise.
      strict: whether a missing optional part counts as a failure.
    """

    findings: Sequence[Finding]
    strict: bool = False

    @property
    def failures(self) -> list[Finding]:
        """The promises that are not kept."""
        failing = {Outcome.BROKEN} | ({Outcome.ABSENT} if self.strict else set())
        return [finding for finding in self.findings if finding.outcome in failing]

    @property
    def passed(self) -> bool:
        """Whether no promise is broken."""
        return not self.failures

    def __str__(self):
        return "\n".join(map(str, self.findings))


def check_all(promises: Iterable[Promise], subject) -> list[Finding]:
    """Checks promises in turn.

    What a check meets in a module may be anything, so that whatever it raises is a
    finding too: a module that cannot be run breaks the promise to run.
    """
    return [_check(promise, subject) for promise in promises]


def _check(promise: Promise, subject) -> Finding:
    try:
        promise.check(subject)
    except BrokenError as error:
        return Finding(promise.statement, Outcome.BROKEN, str(error))
    except AbsentError as error:
        return Finding(promise.statement, Outcome.ABSENT, str(error))
    except UncheckedError as error:
        return Finding(promise.statement, Outcome.UNCHECKED, str(error))
    except Exception as error:  # pylint: disable=broad-except
        reason = f"{type(error).__name__}: {errors.first_line(error)}"
        return Finding(promise.statement, Outcome.BROKEN, reason)
    return Finding(promise.statement, Outcome.KEPT)


def expect(kept: bool, message: str, *details) -> None:
    """Raises BrokenError with `message % details` unless a condition holds."""
    if not kept:
        raise BrokenError(message % details)


def expect_close(
    found: np.ndarray, expected: np.ndarray, what: str, tolerance: float = 1e-4
) -> None:
    """Expects two arrays to be equal within a part of the deviation of one.

    Args:
      found: an array.
      expected: an array of the same shape.
      what: names them in the message, e.g. "'default' and 'logits'".
      tolerance: greatest difference, as a part of the standard deviation of
        `expected`, or of its largest value where it hardly varies.
    """
    expect(
        found.shape == expected.shape,
        "%s must be equal, found shapes %s and %s",
        what,
        found.shape,
        expected.shape,
    )
    scale = max(float(expected.std()), 1e-3 * float(np.abs(expected).max()), 1e-12)
    difference = float(np.abs(found - expected).max()) / scale
    expect(
        difference <= tolerance,
        "%s must be equal, found them %.3g standard deviations apart",
        what,
        difference,
    )
