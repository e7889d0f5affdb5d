"""`efficientnet-hub serve`: serves published modules for development."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ... import dependencies, paths
from . import printing


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "serve",
        help="serve published modules on this machine",
        description="Serves the modules that build published, by the hosting protocol "
        "of tfhub.dev: hub.Module, hub.load and hub.KerasLayer load them by their "
        "addresses. This is a development server: see docs/hosting.md for production.",
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
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> NoReturn:
    """Runs the command until it is interrupted.

    Raises:
      KeyboardInterrupt: if it is interrupted.
    """
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
