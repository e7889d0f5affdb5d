"""`efficientnet-hub serve`: serves published modules for development."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ... import dependencies, errors, paths
from . import help_texts, printing
from .unknown_values import are_known


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "serve",
        help="serve published modules on this machine",
        description="Serves the modules that build published, by the hosting protocol "
        "of tfhub.dev: hub.Module, hub.load and hub.KerasLayer load them by their "
        "addresses. This is a development server: see docs/hosting.md for production.",
        epilog=help_texts.end(
            "serve published --port=8080",
            "docs/hosting.md",
        ),
    )
    parser.add_argument(
        "folder", type=paths.expand, metavar="DIR", help="the --output of build"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        metavar="N",
        help="the port to listen at; 0: any that is free; default: 8000",
    )
    parser.add_argument(
        "--host",
        default="localhost",
        metavar="NAME",
        help="the address to listen at; 0.0.0.0: all of this machine's; "
        "default: localhost",
    )
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`.

    Raises:
      errors.InputError: if one is wrong.
    """
    from ..hosting import server_arguments

    mistakes = errors.Mistakes()
    for check_one, value in (
        (server_arguments.check_folder, arguments.folder),
        (server_arguments.check_port, arguments.port),
        (server_arguments.check_host, arguments.host),
    ):
        if are_known(value):
            with mistakes.collect():
                check_one(value)
    mistakes.raise_any()


def run(arguments: argparse.Namespace) -> NoReturn:
    """Runs the command until it is interrupted.

    Raises:
      KeyboardInterrupt: if it is interrupted.
    """
    check(arguments)
    dependencies.optional("werkzeug", "serve", "serving modules")
    from ..collection import layout
    from ..hosting import server

    with server.listen(arguments.folder, arguments.host, arguments.port) as listening:
        if not layout.has_modules(arguments.folder):
            printing.print_problem(
                f"note: '{arguments.folder}' has no published modules: is it the "
                "--output of build?"
            )
        printing.print_line(
            f"serving '{arguments.folder}' at http://{listening.host}:{listening.port}/"
            " (a development server; press Ctrl-C to stop it)",
            flush=True,
        )
        listening.serve_forever()
    # werkzeug's server returns at Ctrl-C, and hides why.
    raise KeyboardInterrupt
