"""Prints everything that the commands print, with untrusted text escaped."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, Any, Sequence

from ... import errors, escaping

_PROGRAM = "efficientnet-hub"
# Each damaged photograph of a folder is a mistake.
_MOST_MISTAKES = 10_000


class BrokenOutputError(OSError):
    """Standard output cannot be written. Its fields are those of the system's error."""


def prepare() -> None:
    """Makes the standard streams usable if they are closed, or lack characters.

    The descriptor of a closed stream would otherwise be that of the next file that the
    program opens, such as a module's.
    """
    for descriptor in (0, 1, 2):
        _open_if_closed(descriptor)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    stdout: Any = sys.stdout
    stdout.reconfigure(errors="backslashreplace")


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        if opened == descriptor:
            os.set_inheritable(opened, True)
        else:
            os.dup2(opened, descriptor)
            os.close(opened)


def print_line(text: str, flush: bool = False) -> None:
    """Prints one line.

    Raises:
      BrokenOutputError: if it cannot be written.
    """
    try:
        print(escaping.escape_terminal(text), flush=flush)
    except OSError as error:
        raise BrokenOutputError(error.errno, error.strerror) from error


def print_lines(text: str) -> None:
    """Prints a text whose lines are escaped already, or known."""
    for line in text.split("\n"):
        print_line(line)


def print_problem(text: str, program: str = _PROGRAM) -> None:
    """Prints one line on stderr, which starts with the program's name."""
    line = escaping.cut(escaping.escape_terminal(text), escaping.MAX_MESSAGE)
    _print_on_stderr(f"{program}: {line}")


def print_note(text: str) -> None:
    """Prints one line on stderr, of a command whose output is for programs."""
    _print_on_stderr(escaping.escape_terminal(text))


def _print_on_stderr(text: str) -> None:
    # If stderr cannot be written, the message is lost.
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _discard(sys.stderr)


def print_error(error: BaseException) -> None:
    """Prints each sentence of an error on stderr."""
    _print_mistakes(errors.list_messages(error), _PROGRAM)


def print_usage(usage: str, program: str, mistakes: Sequence[str]) -> None:
    """Prints on stderr how to use the program or a command, and mistakes of its use.

    Args:
      usage: lines of text.
      program: the name of the program, and of the command.
      mistakes: a sentence for each mistake.
    """
    _print_on_stderr(usage.rstrip("\n"))
    _print_mistakes(mistakes, program)


def _print_mistakes(mistakes: Sequence[str], program: str) -> None:
    for mistake in mistakes[:_MOST_MISTAKES]:
        print_problem(f"error: {mistake}", program)
    if len(mistakes) > _MOST_MISTAKES:
        more = len(mistakes) - _MOST_MISTAKES
        print_problem(f"error: found {more} more mistakes", program)


def flush() -> OSError | None:
    """Writes what is printed so far, and returns the error if that is impossible.

    After an error, what is printed is discarded: Python must not report it again when
    it exits.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        _discard(sys.stdout)
        return error
    return None


def _discard(stream: IO[str]) -> None:
    """Discards what is written to a stream, also what it still holds."""
    with contextlib.suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
        stream.flush()
