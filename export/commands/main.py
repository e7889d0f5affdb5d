"""The command line: parses the arguments, runs a command, and reports errors.

Each command imports what it needs when it runs. Help, usage errors, and commands that
do not need TensorFlow are fast.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import errno
import logging
import os
import signal
import sys
import traceback
import warnings
from typing import NoReturn, Sequence

from absl import flags
from absl import logging as absl_logging

from ... import __version__, errors
from ...finetuning import worker_end
from .. import crash_reports
from ..storage import interruption
from . import (
    build,
    classify,
    compare,
    convert,
    embed,
    evaluate,
    exit_statuses,
    export,
    finetune,
    inspect,
    install,
    parser,
    printing,
    quiet_import,
    repackage,
    serve,
    verify,
)

# In the order of the README, which is that of the help.
_COMMANDS = (
    export,
    verify,
    inspect,
    classify,
    evaluate,
    embed,
    compare,
    finetune,
    repackage,
    convert,
    build,
    serve,
    install,
)


def run() -> None:
    """Runs the program, and exits."""
    printing.prepare()
    _quieten_tensorflow()
    interruption.install()
    try:
        sys.exit(_main_or_end(parse(sys.argv)))
    except KeyboardInterrupt:  # While the arguments are parsed.
        _end_if_interrupted()
    except OSError as error:  # Of what the parser prints: `main` reports the others.
        sys.exit(_report_system_error(error))
    except Exception as error:
        sys.exit(_report_unforeseen(error))
    except SystemExit as exiting:
        # After what the parser prints, such as the help: `main` flushes the rest.
        broken = printing.flush()
        sys.exit(exiting.code if broken is None else _report_broken_output(broken))


def _main_or_end(arguments: argparse.Namespace) -> int:
    status = main(arguments)
    _end_if_interrupted()
    if worker_end.goes_on():
        _end(status)
    return status


def _end_if_interrupted() -> None:
    number = interruption.received()
    if number is not None:
        _end(interruption.exit_status(number))


def _end(status: int) -> NoReturn:
    """Ends the program now: other threads may still work."""
    printing.flush()
    with contextlib.suppress(OSError, ValueError):  # It may be closed.
        sys.stderr.flush()
    if sys.version_info >= (3, 9):  # Before, these functions wait for threads.
        atexit._run_exitfuncs()  # TensorFlow removes files with its own functions.
    interruption.end(status)


def main(arguments: argparse.Namespace) -> int:
    """Runs a command.

    Args:
      arguments: what `parse` returned.

    Returns:
      The exit status: 0 done, 1 a check failed, 2 bad usage or bad input, 70 an error
      that is not foreseen, 130 interrupted, 143 and 129 ended by SIGTERM and SIGHUP,
      141 the reader of the output closed it.
    """
    verbosity = getattr(arguments, "verbosity", None)
    _set_verbosity(verbosity)
    try:
        status = arguments.command(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        number = interruption.received() or signal.SIGINT
        printing.print_problem(interruption.describe(number))
        return interruption.exit_status(number)
    except (errors.InputError, errors.DependencyError) as error:
        printing.print_error(error)
        return exit_statuses.BAD_INPUT
    except OSError as error:
        return _report_system_error(error)
    except MemoryError:
        printing.print_problem(
            "error: the command must have enough memory, found none left: is there a "
            "smaller model, image size or batch?"
        )
        return exit_statuses.BAD_INPUT
    except Exception as error:
        return _report_unforeseen(error, (verbosity or 0) > absl_logging.INFO)


def _set_verbosity(verbosity: int | None) -> None:
    """Shows the log messages that the user asks for."""
    flags.FLAGS.mark_as_parsed()  # Before, absl warns of each message.
    absl_logging.use_absl_handler()
    if verbosity is None:
        absl_logging.set_verbosity(absl_logging.ERROR)
    else:
        absl_logging.set_verbosity(verbosity)
        os.environ[quiet_import.LOG_LEVEL] = quiet_import.ALL


def _report_system_error(error: OSError) -> int:
    broken = printing.flush()
    if isinstance(error, (printing.BrokenOutputError, BrokenPipeError)):
        broken = broken or error
    if broken is not None:
        return _report_broken_output(broken)
    message = errors.describe(error)
    if error.filename is None and _is_current_folder_removed():
        message = (
            "the current folder must exist, found that it was removed: change to "
            "another folder"
        )
    printing.print_problem(f"error: {message}")
    return exit_statuses.BAD_INPUT


def _is_current_folder_removed() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:  # '.' exists as long as a process is in it.
        return True
    return False


def _report_broken_output(error: OSError) -> int:
    if error.errno == errno.EPIPE:  # Its reader closed it, as `head` does.
        return exit_statuses.OUTPUT_CLOSED
    printing.print_problem(
        f"error: standard output must be writable, found an error: {error.strerror}"
    )
    return exit_statuses.BAD_INPUT


def _report_unforeseen(error: Exception, shows_traceback: bool = False) -> int:
    if shows_traceback:
        traceback.print_exc()
        where = "above"
    else:
        where = crash_reports.write(error)
    printing.print_problem(crash_reports.describe(error, where))
    return exit_statuses.INTERNAL_ERROR


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parses the command line, without importing TensorFlow.

    Args:
      argv: the program's name and its arguments.

    Returns:
      The arguments; `command` is the function to call with them.
    """
    return make_parser().parse_args(argv[1:])


def make_parser() -> parser.Parser:
    """Returns the parser of the program, with a parser for each command."""
    program = parser.Parser(
        prog="efficientnet-hub",
        description="Exports, verifies and publishes EfficientNet modules in the TF1 "
        "Hub format, and classifies with them.",
    )
    program.add_argument("--version", action="version", version=__version__)
    commands = program.add_subparsers(title="commands", metavar="COMMAND")
    commands.required = True
    for command in _COMMANDS:
        command.add(commands)
    for each in (program, *commands.choices.values()):
        each.add_verbosity()
    return program


def _quieten_tensorflow() -> None:
    """Hides messages of TensorFlow; the environment may ask for them."""
    # Errors too: TensorFlow logs a missing GPU as one, and raises the others.
    os.environ.setdefault(quiet_import.LOG_LEVEL, quiet_import.SILENT)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # TensorFlow 1.15 uses deprecated parts of numpy, tensorflow_hub of setuptools.
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="tensorflow_hub")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
