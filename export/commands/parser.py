"""Parses a command line, and reports all wrong values at once."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn, Sequence

from . import exit_statuses, printing

# Of absl: from FATAL to DEBUG, and two more levels that only TensorFlow has.
_VERBOSITIES = range(-3, 4)
_WRONG = object()  # In place of a value that is reported later.


class Parser(argparse.ArgumentParser):
    """A parser of the program or a command, which accepts no abbreviated flags.

    A script that abbreviates a flag would break when a similar flag is added.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self._mistakes: list[str] = []

    def add_verbosity(self) -> None:
        """Adds the flag that the program and all commands have."""
        self.add_argument(
            "--verbosity",
            type=int,
            choices=_VERBOSITIES,
            default=argparse.SUPPRESS,  # A command's must not hide the program's.
            metavar="N",
            help="show log messages of TensorFlow, up to this level: -1 warnings, 0 "
            "information, 1 all, also tracebacks",
        )

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """See the base class. Reports what `_get_value` and `_check_value` found."""
        parsed, others = super().parse_known_args(args, namespace)
        if self._mistakes and others:
            self._mistakes.append("unrecognized arguments: " + " ".join(others))
        if self._mistakes:
            self._report()
        return parsed, others

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            self._mistakes.append(str(error))
            return _WRONG

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if value is _WRONG:
            return
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            # Without a command, there are no more arguments to check.
            if isinstance(action, argparse._SubParsersAction):
                raise
            self._mistakes.append(str(error))

    def error(self, message: str) -> NoReturn:
        """Refuses the arguments, also for the mistakes that were found before."""
        self._mistakes.append(message)
        self._report()

    def _report(self) -> NoReturn:
        printing.print_usage(self.format_usage(), self.prog, self._mistakes)
        sys.exit(exit_statuses.BAD_INPUT)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Prints the help or the version. The base class hides that it cannot."""
        printing.print_lines(message.rstrip("\n"))
