"""The two things that can be wrong before anything runs: the input, the machine."""

from __future__ import annotations


class InputError(ValueError):
    """Bad input, told in one sentence.

    The message names the thing, what was expected, what was found, and the
    likely cause. The command line prints it without a traceback and exits with
    status 2.
    """


class DependencyError(ImportError):
    """A package is missing or of the wrong version, told in one sentence."""


def first_line(error: BaseException) -> str:
    """What another library's exception says, as a part of a sentence of ours."""
    return (str(error) or type(error).__name__).splitlines()[0]
