"""Parses a command line, and reports all mistakes in it at once.

The parser of Python ends at the first mistake. This one notes it, puts `UNKNOWN` in
place of the value, and lets the command check the other values too.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import Any, Iterator, NoReturn, Sequence

from ... import errors
from . import exit_statuses, help_texts, printing
from .unknown_values import UNKNOWN

# Of absl: from FATAL to DEBUG, and two more levels that only TensorFlow has.
_VERBOSITIES = range(-3, 4)
_MISSING = object()  # In place of a required value.


class Parser(argparse.ArgumentParser):
    """A parser of the program or a command, which accepts no abbreviated flags.

    A script that abbreviates a flag would break when a similar flag is added. A flag
    may have dashes in place of its underscores. If a command sets the default `check`,
    it is called with the arguments if some are wrong, and its `errors.InputError` is
    reported too.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False, formatter_class=help_texts.Formatter, **options
        )
        self._mistakes = errors.Mistakes()
        self._not_required_now: list[argparse.Action] = []

    def add_verbosity(self) -> None:
        """Adds the flag that the program and all commands have."""
        self.add_argument(
            "--verbosity",
            type=int,
            choices=_VERBOSITIES,
            default=argparse.SUPPRESS,  # A command's must not hide the program's.
            metavar="N",
            help="show log messages of TensorFlow, up to this level from -3 to 3: -1 "
            "warnings, 0 information, 1 all, also tracebacks",
        )

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """See the base class. Reports all mistakes that the other methods note."""
        self._mistakes = errors.Mistakes()
        words = self._spell_flags(sys.argv[1:] if args is None else args)
        words = self._leave_out_extra_values(words)
        with self._requiring_nothing() as required:
            parsed, others = super().parse_known_args(words, namespace)
        missing = [each for each in required if getattr(parsed, each.dest) is _MISSING]
        if missing:
            names = ", ".join(map(_describe, missing))
            self._mistakes.add(f"the following arguments are required: {names}")
            for action in missing:
                setattr(parsed, action.dest, UNKNOWN)
        if others:
            self._mistakes.add("unrecognized arguments: " + " ".join(others))
        if self._mistakes.messages:
            self._check_other_values(parsed)
            self._report()
        return parsed, others

    def _spell_flags(self, words: Sequence[str]) -> list[str]:
        """Returns the words with the flags as they are defined, with underscores."""
        end = list(words).index("--") if "--" in words else len(words)
        return [*map(self._spell_flag, words[:end]), *words[end:]]

    def _spell_flag(self, word: str) -> str:
        flag, assignment, value = word.partition("=")
        spelled = "--" + flag[2:].replace("-", "_")
        is_flag = flag.startswith("--") and spelled in self._option_string_actions
        return spelled + assignment + value if is_flag else word

    def _leave_out_extra_values(self, words: Sequence[str]) -> list[str]:
        """Notes values of flags that have none, which would end the parsing."""
        kept: list[str] = []
        for index, word in enumerate(words):
            if word == "--":
                return [*kept, *words[index:]]
            flag, is_assigned, value = word.partition("=")
            action = self._option_string_actions.get(flag)
            if is_assigned and action is not None and action.nargs == 0:
                self._note(action, f"ignored explicit argument {value!r}")
            else:
                kept.append(word)
        return kept

    @contextlib.contextmanager
    def _requiring_nothing(self) -> Iterator[list[argparse.Action]]:
        """Makes all arguments optional, and gives those that are required."""
        required = [
            action
            for action in self._actions
            # Without a command, there are no more arguments to check.
            if action.required and not isinstance(action, argparse._SubParsersAction)
        ]
        defaults = [action.default for action in required]
        for action in required:
            action.required, action.default = False, _MISSING
        self._not_required_now = required
        try:
            yield required
        finally:
            self._not_required_now = []
            for action, default in zip(required, defaults):
                action.required, action.default = True, default

    def format_help(self) -> str:
        """See the base class. The flag `--help` asks for it during the parsing."""
        for action in self._not_required_now:
            action.required = True
        try:
            return super().format_help()
        finally:
            for action in self._not_required_now:
                action.required = False

    def _note(self, action: argparse.Action, message: str) -> None:
        self._mistakes.add(str(argparse.ArgumentError(action, message)))

    def _match_argument(self, action: argparse.Action, arg_strings_pattern: str) -> int:
        try:
            return super()._match_argument(action, arg_strings_pattern)
        except argparse.ArgumentError as error:
            self._mistakes.add(str(error))
            return 0

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if action.nargs is None and not arg_strings:  # `_match_argument` noted it.
            return UNKNOWN
        noted = len(self._mistakes.messages)
        values = super()._get_values(action, arg_strings)
        return values if len(self._mistakes.messages) == noted else UNKNOWN

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            self._mistakes.add(str(error))
            return UNKNOWN

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if value is UNKNOWN:
            return
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            if isinstance(action, argparse._SubParsersAction):
                raise
            self._mistakes.add(str(error))

    def _check_other_values(self, parsed: argparse.Namespace) -> None:
        """Notes what the command finds wrong in the values that are known."""
        check = getattr(parsed, "check", None)
        if check is None:
            return
        try:
            with self._mistakes.collect():
                check(parsed)
        except errors.DependencyError:  # A matter of the next command line.
            pass
        except OSError as error:
            self._mistakes.add(errors.describe(error))

    def error(self, message: str) -> NoReturn:
        """Refuses the arguments, also for the mistakes that were found before."""
        self._mistakes.add(message)
        self._report()

    def _report(self) -> NoReturn:
        printing.print_usage(self.format_usage(), self.prog, self._mistakes.messages)
        sys.exit(exit_statuses.BAD_INPUT)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Prints the help or the version. The base class hides that it cannot."""
        printing.print_lines(message.rstrip("\n"))


def _describe(action: argparse.Action) -> str:
    """Returns the name of an argument as messages of the base class have it."""
    return "/".join(action.option_strings) or str(action.metavar or action.dest)
