"""`efficientnet-hub install`: puts a module where tensorflow_hub looks first."""

from __future__ import annotations

import argparse
import dataclasses
import os
from typing import TYPE_CHECKING, Any

from ... import dependencies, errors, paths
from ..hub_cache import handles
from . import exit_statuses, help_texts, json_output, printing
from .unknown_values import are_known

if TYPE_CHECKING:
    from ..hub_cache import folder_choice, installation, listing

_INSTALL_ARGUMENTS = ("module", "handle", "manifest", "overwrite")


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "install",
        help="put a module where tensorflow_hub looks first, for programs offline",
        description="Copies a module into the cache of tensorflow_hub, so that "
        "programs that load it by its handle find it without a network. Executes "
        "nothing.",
        epilog=help_texts.end(
            f"install modules/b2 --handle={handles.EXAMPLE}",
            "docs/offline.md",
            failed="a listed module is damaged or differs from its manifest",
        ),
    )
    _add_module(parser)
    _add_actions(parser)
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def _add_module(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "module",
        nargs="?",
        type=paths.expand,
        metavar="DIR_OR_ARCHIVE",
        help="the module: its directory or its .tar.gz",
    )
    parser.add_argument(
        "--handle",
        metavar="URL",
        help="the address that the programs give to tensorflow_hub, character by "
        "character",
    )
    parser.add_argument(
        "--cache_dir",
        type=paths.expand,
        metavar="FOLDER",
        help="the cache of the programs; by default TFHUB_CACHE_DIR, or else "
        "tfhub_modules in the folder for temporary files",
    )
    parser.add_argument(
        "--manifest",
        type=paths.expand,
        metavar="FILE",
        help="what build wrote beside the module, to check the module now and with "
        "--list; by default the one beside an archive, if there is one",
    )


def _add_actions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace another module that has the handle",
    )
    parser.add_argument(
        "--list",
        action="store_true",
        help="list the modules in the cache, and compare them with their manifests",
    )
    parser.add_argument(
        "--remove", metavar="URL", help="remove the module that has this handle"
    )


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`.

    Raises:
      errors.InputError: if one is wrong.
    """
    from ..hub_cache import folder_choice

    mistakes = errors.Mistakes()
    with mistakes.collect():
        _check_together(arguments)
    for name in ("handle", "remove"):
        value = getattr(arguments, name)
        if value is not None and are_known(value):
            with mistakes.collect():
                handles.check(name, value)
    if are_known(arguments.cache_dir):
        with mistakes.collect():
            folder_choice.choose(arguments.cache_dir)
    mistakes.raise_any()


def _check_together(arguments: argparse.Namespace) -> None:
    """Checks that the arguments ask for one thing."""
    given = [name for name in _INSTALL_ARGUMENTS if getattr(arguments, name)]
    if arguments.list and arguments.remove is not None:
        raise errors.InputError("list must be given without remove, found both")
    other = "list" if arguments.list else "remove"
    if arguments.list or arguments.remove is not None:
        if given:
            raise errors.InputError(
                f"{other} must be given without {' and '.join(given)}, found both: run "
                "two commands"
            )
    elif arguments.module is None:
        raise errors.InputError(
            "install must be given a module with its handle, --list or --remove, found "
            "none of them"
        )
    elif arguments.handle is None:
        raise errors.InputError(
            "handle must be the address that the programs give to tensorflow_hub, "
            f"found none: is --handle={handles.EXAMPLE} meant?"
        )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    from ..hub_cache import folder_choice

    check(arguments)
    cache = folder_choice.choose(arguments.cache_dir)
    if arguments.list:
        return _list(cache, arguments.json)
    if arguments.remove is not None:
        return _remove(arguments.remove, cache, arguments.json)
    return _install(arguments, cache)


def _install(arguments: argparse.Namespace, cache: folder_choice.CacheFolder) -> int:
    dependencies.protobuf()
    from ..hub_cache import installation
    from ..writers import formats

    manifest = arguments.manifest or _find_manifest(arguments.module)
    installed = installation.install(
        arguments.module, arguments.handle, cache.path, manifest, arguments.overwrite
    )
    fields = {
        "module": arguments.module,
        "handle": arguments.handle,
        **dataclasses.asdict(installed),
        "manifest": manifest,
    }
    sentence = f"{_describe(installed)} {arguments.module} as {arguments.handle}"
    _print(arguments.json, fields, f"{sentence} in {installed.folder}", *cache.notes)
    if arguments.json:
        for note in cache.notes:
            printing.print_problem(f"note: {note}")
    warnings = [*cache.warnings, *handles.list_notes(arguments.handle)]
    if installed.format == formats.SAVED_MODEL:
        warnings.append(
            "hub.Module cannot load a SavedModel of TensorFlow 2: only programs with "
            "hub.load or hub.KerasLayer can use the module"
        )
    for warning in warnings:
        printing.print_problem(f"warning: {warning}")
    return exit_statuses.DONE


def _describe(installed: installation.Installed) -> str:
    """Returns what was done, before the names of the module."""
    from ..hub_cache import installation

    return {
        installation.INSTALLED: "installed",
        installation.REPLACED: "replaced another module by",
        installation.UNCHANGED: "already installed:",
    }[installed.outcome]


def _find_manifest(module: str) -> str | None:
    """Returns the path of the manifest that `build` wrote beside an archive, if any."""
    from ..collection import layout

    if not module.endswith(layout.ARCHIVE) or os.path.isdir(module):
        return None
    path = layout.beside(module[: -len(layout.ARCHIVE)]).manifest
    return path if os.path.lexists(path) else None


def _list(cache: folder_choice.CacheFolder, is_json: bool) -> int:
    dependencies.protobuf()
    from ..hub_cache import listing

    modules = list(listing.list_modules(cache.path))
    fields = {
        "cache_dir": cache.path,
        "modules": list(map(dataclasses.asdict, modules)),
    }
    lines = list(map(_format, modules)) or [_describe_empty(cache.path)]
    _print(is_json, fields, *lines)
    for module in modules:
        for problem in filter(None, (*module.differences, module.damage)):
            printing.print_problem(problem)
    is_sound = all(module.is_sound for module in modules)
    return exit_statuses.DONE if is_sound else exit_statuses.CHECK_FAILED


def _describe_empty(cache: str) -> str:
    return f"no modules in {cache}" + (
        "" if os.path.isdir(cache) else ", which does not exist"
    )


def _format(module: listing.ListedModule) -> str:
    from ..hub_cache import listing
    from ..writers import formats

    handle = module.handle or f"unknown handle, {os.path.basename(module.folder)}"
    state = {
        listing.MATCHES: "matches its manifest",
        listing.DIFFERS: "differs from its manifest",
        listing.NO_MANIFEST: "no manifest",
    }[module.manifest]
    form = {formats.HUB: "TF1 Hub", formats.SAVED_MODEL: "SavedModel", None: ""}
    kind = form[module.format] if module.damage is None else "cannot be loaded"
    size = f"{module.bytes / 1e6:.1f} MB"
    return f"{handle}  {kind}  {size}  {state}"


def _remove(handle: str, cache: folder_choice.CacheFolder, is_json: bool) -> int:
    from ..hub_cache import removal

    removed = removal.remove(handle, cache.path)
    fields = {"handle": handle, "outcome": "removed", **dataclasses.asdict(removed)}
    _print(is_json, fields, f"removed {handle} from {cache.path}")
    return exit_statuses.DONE


def _print(is_json: bool, fields: dict[str, Any], *lines: str) -> None:
    """Prints a document, or lines for people."""
    if is_json:
        json_output.print_document("install", fields)
        return
    for line in lines:
        printing.print_line(line)
