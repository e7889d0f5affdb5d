"""The command line: parses the arguments, runs a command, and reports errors.

Each command imports what it needs when it runs. Help, usage errors, and commands that
do not need TensorFlow are fast.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from typing import Any, Sequence

from absl import app, flags
from absl import logging as absl_logging
from absl.flags import argparse_flags

from ... import __version__, errors
from . import (
    build,
    classify,
    exit_statuses,
    export,
    finetune,
    inspect,
    repackage,
    serve,
    verify,
)

# In the order of the README, which is that of the help.
_COMMANDS = (export, verify, inspect, classify, finetune, repackage, build, serve)


class _Parser(argparse_flags.ArgumentParser):
    """A parser of the program or a command, which accepts no abbreviated flags.

    A script that abbreviates a flag would break when a similar flag is added.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)


def run() -> None:
    """Runs the program, and exits."""
    _quieten_tensorflow()
    app.run(main, flags_parser=parse)


def main(arguments: argparse.Namespace) -> int:
    """Runs a command.

    Args:
      arguments: what `parse` returned.

    Returns:
      The exit status: 0 done, 1 a check failed, 2 bad usage or bad input, 130
      interrupted, 141 the reader of the output closed it.
    """
    if not flags.FLAGS["verbosity"].present:
        absl_logging.set_verbosity(absl_logging.ERROR)
    try:
        status = arguments.command(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader closed the output, as `head` does. Python must not report it again
        # when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_statuses.OUTPUT_CLOSED
    except KeyboardInterrupt:
        print("efficientnet-hub: interrupted", file=sys.stderr)
        return exit_statuses.INTERRUPTED
    except (errors.InputError, errors.DependencyError, OSError) as error:
        print(f"efficientnet-hub: error: {error}", file=sys.stderr)
        return exit_statuses.BAD_INPUT


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parses the command line, without importing TensorFlow.

    Args:
      argv: the program's name and its arguments.

    Returns:
      The arguments; `command` is the function to call with them.
    """
    parser = make_parser()
    try:
        return parser.parse_args(argv[1:])
    except flags.Error as error:  # Of absl's own flags, such as --verbosity.
        return parser.error(str(error))


def make_parser() -> argparse.ArgumentParser:
    """Returns the parser of the program, with a parser for each command."""
    parser = _Parser(
        prog="efficientnet-hub",
        description="Exports, verifies and publishes EfficientNet modules in the TF1 "
        "Hub format, and classifies with them.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands.required = True
    for command in _COMMANDS:
        command.add(commands)
    return parser


def _quieten_tensorflow() -> None:
    """Hides messages of TensorFlow; the environment may ask for them."""
    # Errors too: TensorFlow logs a missing GPU as one, and raises the others.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # TensorFlow 1.15 uses deprecated parts of numpy, tensorflow_hub of setuptools.
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="tensorflow_hub")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
