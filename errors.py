"""The errors that the command line reports without a traceback."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Iterator, Sequence

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OF_WRITING = (*_FULL, errno.EROFS, errno.EACCES, errno.EPERM)


class InputError(ValueError):
    """Wrong input. The message is one sentence.

    The message names the input, the expected and the found value, and the likely cause.
    The command line prints it without a traceback and exits with status 2.
    """


class SeveralMistakesError(InputError):
    """Several mistakes in one input.

    Attributes:
      messages: a sentence for each mistake, at least two.
    """

    messages: Sequence[str]

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = list(messages)


class DependencyError(ImportError):
    """A package is missing or has a wrong version. The message is one sentence."""


class Mistakes:
    """Collects the mistakes of an input, so that one run reports all of them."""

    def __init__(self) -> None:
        # As keys, in their order: a hostile list has tens of thousands of mistakes.
        self._messages: dict[str, None] = {}

    def add(self, message: str) -> None:
        """Adds a mistake. The same sentence counts once."""
        self._messages[message] = None

    @contextlib.contextmanager
    def collect(self, place: str = "") -> Iterator[None]:
        """Adds the InputError that the body raises.

        Args:
          place: what the sentences start with, e.g. 'modules.yaml:3: '.
        """
        try:
            yield
        except InputError as error:
            for message in list_messages(error):
                self.add(place + message)

    @property
    def messages(self) -> Sequence[str]:
        """A sentence for each mistake, in order."""
        return list(self._messages)

    def raise_any(self) -> None:
        """Raises the mistakes that were found.

        Raises:
          InputError: if there is a mistake.
        """
        if self._messages:
            raise make(list(self._messages))


def make(messages: Sequence[str]) -> InputError:
    """Returns the error of one or several mistakes, a sentence for each."""
    if len(messages) == 1:
        return InputError(messages[0])
    return SeveralMistakesError(messages)


def list_messages(error: BaseException) -> Sequence[str]:
    """Returns the sentences of an error: one for each mistake."""
    return error.messages if isinstance(error, SeveralMistakesError) else [str(error)]


def first_line(error: BaseException) -> str:
    """Returns the first line of an exception's message, for use in another message."""
    return (str(error) or type(error).__name__).splitlines()[0]


@contextlib.contextmanager
def naming(path: str) -> Iterator[None]:
    """Adds a path to an error of the system that has none.

    The system names the file if it cannot be opened, but not if it cannot be written,
    as on a full disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = path
        raise


def find_cause(error: BaseException, path: str) -> OSError | None:
    """Returns the system's error that another library describes in its message.

    Args:
      error: the error of the library, which could not write.
      path: what was written.

    Returns:
      An error with the path as its file name, or None if the message names no cause.
    """
    for code in _OF_WRITING:
        reason = os.strerror(code)
        if reason in str(error):
            return OSError(code, reason, path)
    return None


def is_full(error: BaseException) -> bool:
    """Returns whether the system reports a full disk, or a file that is too large."""
    return isinstance(error, OSError) and error.errno in _FULL


def describe(error: BaseException) -> str:
    """Returns an exception's message in one line, with a likely cause."""
    message = first_line(error)
    if is_full(error):
        return f"{message}: is the disk full?"
    return message
