"""The program in the sandbox: reads hostile files, one after the other.

It prints "ready". Then it reads lines of JSON from stdin, each with the name of a
target and a path, and prints for each a line of JSON with the outcome and its message.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import resource
import sys
import tempfile
import traceback
from typing import Callable

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # Before TensorFlow is imported.

from efficientnet_hub import errors
from efficientnet_hub.export import inspection
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.collection import entries, manifest
from efficientnet_hub.export.commands import printing
from efficientnet_hub.export.hub_cache import installation, listing
from efficientnet_hub.export.weights import loading
from efficientnet_hub.export.weights.containers import (
    hdf5_file,
    keras_archive,
    object_checkpoint,
    safetensors_file,
)
from efficientnet_hub.signatures import class_names
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.weights.containers import crafted_checkpoint
from efficientnet_hub.tests.fuzz import samples

# Above what the imports take.
_BYTES = 2**30
_HANDLE = "https://tfhub.dev/me/tiny/1"
# What a file of weights and its arrays may have.
_MAX_BYTES = 2**26


def _read_graph(path: str) -> object:
    """Inspects the module of a saved_model.pb."""
    return inspection.inspect_module(os.path.dirname(path))


def _read_weights(path: str) -> object:
    with open(_find_shapes(path), encoding="utf-8") as file:
        shapes = json.load(file)
    return loading.load(path, samples.tiny_network(), shapes)


def _read_safetensors(path: str) -> object:
    return dict(safetensors_file.read(path, _MAX_BYTES).arrays)


def _read_hdf5(path: str) -> object:
    return hdf5_file.read(path, _MAX_BYTES)


def _read_keras_archive(path: str) -> object:
    return keras_archive.read(path, _MAX_BYTES)


def _read_object_graph(path: str) -> object:
    """Reads a checkpoint of a graph of objects whose checksums are right."""
    if not os.path.exists(path):
        return object_checkpoint.read(path, _MAX_BYTES)
    data = pathlib.Path(path)
    prefix = crafted_checkpoint.write_string(
        data.with_name("objects"), "_CHECKPOINTABLE_OBJECT_GRAPH", data.read_bytes()
    )
    return object_checkpoint.read(prefix, _MAX_BYTES)


def _find_shapes(path: str) -> str:
    folder = os.path.dirname(path)
    while not os.path.exists(os.path.join(folder, "shapes.json")) and folder != "/":
        folder = os.path.dirname(folder)
    return os.path.join(folder, "shapes.json")


def _install_graph(path: str) -> None:
    """Installs the module of a saved_model.pb."""
    _install(os.path.dirname(path))


def _install_checkpoint(path: str) -> None:
    """Installs the module of a variables/variables.index."""
    _install(os.path.dirname(os.path.dirname(path)))


def _install(module: str) -> None:
    """Installs a module in an empty cache, and lists it."""
    with tempfile.TemporaryDirectory() as cache:
        try:
            installation.install(module, _HANDLE, cache, None, overwrite=False)
        except (errors.InputError, OSError):
            assert os.listdir(cache) == [], "something is left in the cache"
            raise
        (listed,) = listing.list_modules(cache)
        assert listed.is_sound, listed


def _read_image(path: str) -> object:
    return module_classification.read_image(path, (32, 32))


def _run_command(path: str) -> None:
    """Runs the command line of a JSON list of arguments."""
    with open(path, encoding="utf-8") as file:
        arguments = json.load(file)
    try:
        finished = program.run_here(*arguments)
    except SystemExit as error:
        if error.code not in (0, 2):
            raise AssertionError(f"exit status {error.code}") from error
        if error.code == 2:
            raise RefusedError("") from error  # The parser printed its usage too.
        return
    if finished.returncode == 2:
        raise RefusedError(finished.stderr)
    if finished.returncode not in (0, 1):
        raise AssertionError(f"{finished.returncode}: {finished.stderr}")


class RefusedError(Exception):
    """What the program printed when it refused its arguments."""


_TARGETS: dict[str, Callable[[str], object]] = {
    "archives": inspection.inspect_module,
    "checkpoints": _read_weights,
    "command_lines": _run_command,
    "graphs": _read_graph,
    "hdf5_files": _read_hdf5,
    "images": _read_image,
    "installed_archives": _install,
    "installed_checkpoints": _install_checkpoint,
    "installed_graphs": _install_graph,
    "keras_archives": _read_keras_archive,
    "labels": class_names.read_class_names,
    "lists": entries.read,
    "manifests": manifest.read,
    "object_graphs": _read_object_graph,
    "other_images": _read_image,
    "pytorch_files": _read_weights,
    "safetensors_files": _read_safetensors,
}


def _limit_memory() -> None:
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + _BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _run(target: Callable[[str], object], path: str) -> tuple[str, str]:
    try:
        target(path)
    except RefusedError as error:
        return "refused", str(error)
    except (errors.InputError, errors.DependencyError, OSError) as error:
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed):
            printing.print_error(error)
        return "refused", printed.getvalue()
    except BaseException:
        return "traceback", traceback.format_exc()[-3000:]
    return "accepted", ""


def main() -> None:
    """Runs targets on the files that stdin names until it ends."""
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What a target prints goes to the log.
    for target in _TARGETS.values():  # Imports what is imported late.
        _run(target, "/missing")
    _limit_memory()
    print("ready", file=results, flush=True)
    for line in sys.stdin:
        name, path = json.loads(line)
        print(json.dumps(_run(_TARGETS[name], path)), file=results, flush=True)


if __name__ == "__main__":
    main()
