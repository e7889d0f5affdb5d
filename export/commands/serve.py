"""`efficientnet-hub serve`: a development server of published modules."""

from __future__ import annotations

import argparse

from . import exit_statuses


def add(commands) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "serve",
        help="serve published modules on this machine",
        description="Serves what build published by the hosting protocol of tfhub.dev, "
        "so that hub.Module, hub.load and hub.KerasLayer load it by its address. A "
        "development server: docs/hosting.md tells how to host for others.",
    )
    parser.add_argument("folder", metavar="DIR", help="the --output of build")
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        metavar="N",
        help="0: any that is free; default: 8000",
    )
    parser.add_argument(
        "--host",
        default="localhost",
        metavar="NAME",
        help="where to listen; 0.0.0.0: everywhere; default: localhost",
    )
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command until it is interrupted, and returns the exit status."""
    from ..hosting import server

    with server.Server(arguments.folder, arguments.host, arguments.port) as listening:
        print(
            f"serving '{arguments.folder}' at {listening.url} (a development "
            "server, Ctrl-C ends it)",
            flush=True,
        )
        listening.serve_forever()
    return exit_statuses.DONE
