"""Runs the program as its users do, and lists the arguments of its commands."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
import sys

from efficientnet_hub.export.commands import main


def run(*arguments, under=(), **environment) -> subprocess.CompletedProcess:
    """Runs the program in its own process, which `under` starts if it is given."""
    inherited = dict(os.environ)
    inherited.pop("TF_CPP_MIN_LOG_LEVEL", None)  # The program sets it itself.
    return subprocess.run(
        [*under, sys.executable, "-m", "efficientnet_hub", *map(str, arguments)],
        env=dict(inherited, **environment),
        capture_output=True,
        text=True,
    )


def run_here(*arguments) -> subprocess.CompletedProcess:
    """Runs the program in this process, which imports TensorFlow only once.

    Tests of what a process prints, imports or leaves behind call `run` instead.
    """
    argv = ["efficientnet-hub", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main.main(main.parse(argv))
    return subprocess.CompletedProcess(argv, status, out.getvalue(), err.getvalue())


def output(*arguments, **options) -> str:
    """Returns what a process prints. It must succeed without messages."""
    return check_success(run(*arguments, **options))


def check_success(finished: subprocess.CompletedProcess) -> str:
    """Returns what the program printed, which must succeed without messages."""
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def refusal(*arguments, **options) -> str:
    """Returns the one sentence with which a process refuses, with status 2."""
    return check_refusal(run(*arguments, **options))


def check_refusal(finished: subprocess.CompletedProcess) -> str:
    """Returns the one sentence of the program, which must refuse with status 2."""
    assert (finished.returncode, finished.stdout) == (2, ""), finished
    (sentence,) = finished.stderr.splitlines()
    assert sentence.startswith("efficientnet-hub: error: ")
    return sentence


def commands() -> list[str]:
    """Returns the names of all commands."""
    return list(_parsers())


def _parsers() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (
        action
        for action in main.make_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return commands.choices


def actions(command: str) -> dict[str, argparse.Action]:
    """Returns the arguments of a command by their names, in order."""
    return {
        action.dest: action
        for action in _parsers()[command]._actions
        if not isinstance(action, argparse._HelpAction)
        and action.dest != "verbosity"  # Of all commands.
    }


def argv(command: str, samples: dict[str, object]) -> list[str]:
    """Returns a command line that gives each argument of a command its sample value.

    Args:
      command: a command.
      samples: a value for each of its arguments, other than the default.
    """
    found = actions(command)
    assert sorted(samples) == sorted(found), "each argument needs a sample value"
    words = ["efficientnet-hub", command]
    for name, action in found.items():
        value = samples[name]
        assert value != action.default, f"{name} must differ from its default"
        if action.nargs == 0:
            words += action.option_strings
        elif action.option_strings:
            words.append(f"{action.option_strings[0]}={value}")
        else:
            words += value if isinstance(value, list) else [value]
    return words
