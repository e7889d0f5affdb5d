"""The end of each command's help: an example, the exit statuses, and the page."""

from __future__ import annotations

import argparse

_STATUSES = "docs/reliability.md"


def end(example: str, page: str, failed: str | None = None) -> str:
    """Returns the end of a command's help.

    Args:
      example: the command with its arguments.
      page: the file of the documentation that describes the command.
      failed: when the exit status is 1, or None if it never is.
    """
    statuses = ["0 done"]
    if failed is not None:
        statuses.append(f"1 {failed}")
    statuses.append("2 wrong arguments or input")
    return (
        f"example:\n  efficientnet-hub {example}\n\n"
        f"exit status: {', '.join(statuses)}; all: see {_STATUSES}\n"
        f"documentation: {page}"
    )


class Formatter(argparse.HelpFormatter):
    """Formats help as the base class does, but keeps the lines of `end`."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in text.splitlines())
