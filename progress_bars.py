"""Shows progress: a bar on a terminal if tqdm is installed, else a line a minute."""

from __future__ import annotations

import sys
import time
from typing import Any

from . import dependencies, errors, escaping

_SECONDS_BETWEEN_LINES = 60.0


def start_bar(total: int, unit: str, initial: int = 0) -> Any:
    """Returns a progress bar on a terminal, or an object that prints lines.

    Args:
      total: the count at the end.
      unit: what is counted, in singular.
      initial: the count at the start.

    Returns:
      A context manager with `n`, the current count; `total`; `update(count)`, which
      adds to `n`; and `close()`. It is a `tqdm.tqdm` on a terminal, if tqdm is
      installed.
    """
    tqdm = _find_tqdm()
    if tqdm is None:
        return _Lines(total, unit, initial)
    return tqdm.tqdm(total=total, initial=initial, unit=unit)


def start_download(total: int | None, initial: int) -> Any:
    """Returns a progress bar on a terminal, or an object that shows nothing.

    Args:
      total: the size of the file in bytes, None if it is not known.
      initial: how many bytes are there.

    Returns:
      A context manager with `update(count)`.
    """
    tqdm = _find_tqdm()
    if tqdm is None:
        return _Silent()
    return tqdm.tqdm(total=total, initial=initial, unit="B", unit_scale=True)


def _find_tqdm() -> Any:
    """Returns the package if a terminal can show its bars, else None."""
    if not sys.stderr.isatty():
        return None
    try:
        return dependencies.optional("tqdm", "download", "showing a progress bar")
    except errors.DependencyError:
        return None


def print_line(text: str) -> None:
    """Prints a line, with untrusted text escaped, above the bar if there is one."""
    text = escaping.escape_terminal(text)
    if sys.stderr.isatty() and "tqdm" in sys.modules:
        # It removes the bar, prints the line, and shows the bar again.
        sys.modules["tqdm"].tqdm.write(text)
        sys.stdout.flush()
    else:
        print(text, flush=True)


class _Lines:
    """Prints a line a minute, because a bar fills a log with control characters."""

    def __init__(self, total: int, unit: str, initial: int) -> None:
        self.n = initial
        self.total = total
        self._unit = unit
        self._printed = time.monotonic()

    def update(self, count: int) -> None:
        self.n += count
        now = time.monotonic()
        if now - self._printed >= _SECONDS_BETWEEN_LINES:
            print(f"{self._unit} {self.n} of {self.total}", flush=True)
            self._printed = now

    def close(self) -> None:
        pass

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Silent:
    """Has the interface of a bar, and shows nothing."""

    def update(self, count: int) -> None:
        """Ignores the progress."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: object) -> None:
        pass
