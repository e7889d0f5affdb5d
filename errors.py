"""The errors that the command line reports without a traceback."""

from __future__ import annotations


class InputError(ValueError):
    """Wrong input. The message is one sentence.

    The message names the input, the expected and the found value, and the likely cause.
    The command line prints it without a traceback and exits with status 2.
    """


class DependencyError(ImportError):
    """A package is missing or has a wrong version. The message is one sentence."""


def first_line(error: BaseException) -> str:
    """Returns the first line of an exception's message, for use in another message."""
    return (str(error) or type(error).__name__).splitlines()[0]
