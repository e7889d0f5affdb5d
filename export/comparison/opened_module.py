"""Opens a module for a comparison: what it says of itself, without TensorFlow."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Any, Iterator, Mapping

from ... import errors
from ...signatures import names as signatures_lib
from .. import claims as claims_lib
from .. import module_configuration
from ..saved_model import graph_facts, module_facts, module_files
from ..storage import archive_reader
from ..weights import locations
from . import interfaces

_GRAPH_FILES = (*module_files.GRAPH_FILES, module_facts.PATH)


@dataclasses.dataclass(frozen=True)
class OpenedModule:
    """A module whose files are open.

    Attributes:
      path: what the user calls it.
      directory: where its files are.
      is_saved_model: whether it is a SavedModel of TensorFlow 2, not in the TF1 Hub
        format.
      meta_graphs: its MetaGraphDefs by their tag sets.
      claims: what its graph for inference says of the module.
      signatures: what can be computed for inference, by name. For a SavedModel, these
        are the signatures that it would have in the TF1 Hub format.
      image_size: the expected height and width in pixels, None if it does not say them.
    """

    path: str
    directory: str
    is_saved_model: bool
    meta_graphs: Mapping[frozenset[str], Any]
    claims: claims_lib.Claims
    signatures: Mapping[str, interfaces.Signature]
    image_size: tuple[int, int] | None


@contextlib.contextmanager
def open_module(path: str) -> Iterator[OpenedModule]:
    """Opens a module, and executes nothing.

    Args:
      path: directory or .tar.gz of a module for images in the TF1 Hub format, of any
        publisher, or of a SavedModel that this package wrote.

    Yields:
      The module. An archive is unpacked for as long as it is open.

    Raises:
      errors.InputError: if there is no such module, it is damaged, it says of itself
        what its graphs contradict, or its files change while it is open.
    """
    with archive_reader.unpack(path) as directory, _staying(directory, path):
        yield read(directory, path)


@contextlib.contextmanager
def _staying(directory: str, path: str) -> Iterator[None]:
    """Raises errors.InputError if the files in a directory change during the body.

    The body reads them several times, and would compare parts of two modules.
    """
    before = _identify_files(directory)

    def check(cause: Exception | None) -> None:
        if _identify_files(directory) != before:
            raise errors.InputError(
                f"module '{path}' must stay as it is while it is compared, found that "
                "another program changed it: try again when that has ended"
            ) from cause

    try:
        yield
    except Exception as error:
        check(error)
        raise
    check(None)


def _identify_files(directory: str) -> dict[str, tuple[int, int, int]]:
    """Returns the inode, the size and the time of change of each file, by its path."""
    found = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(parent, name)
            with contextlib.suppress(FileNotFoundError):
                status = os.lstat(path)
                found[path] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def check(path: str) -> OpenedModule:
    """Checks what `open_module` checks, without unpacking the variables.

    Returns:
      The module, whose directory may be gone.

    Raises:
      errors.InputError: see `open_module`.
    """
    with archive_reader.unpack(path, only=_GRAPH_FILES) as directory:
        return read(directory, path)


def read(directory: str, path: str) -> OpenedModule:
    """Reads what a module says of itself.

    Args:
      directory: where its files are.
      path: what the user calls it.

    Raises:
      errors.InputError: see `open_module`.
    """
    if locations.is_saved_model_directory(directory):
        return _read_saved_model(directory, path)
    saved_model = module_files.read_saved_model(directory, path)
    claims_lib.check(saved_model, path)
    meta_graph = graph_facts.for_inference(saved_model, path)
    claims = claims_lib.read(meta_graph, path)
    signatures = interfaces.read_signatures(meta_graph)
    if not any(each.takes_images for each in signatures.values()):
        found = signatures.get(signatures_lib.DEFAULT)
        raise errors.InputError(
            f"module '{path}' must have a signature with the input "
            f"'{signatures_lib.IMAGES}' of float32 {interfaces.IMAGE_SHAPE}, found "
            f"{'none' if found is None else found.describe_inputs()}: is it a module "
            "for images?"
        )
    return OpenedModule(
        path=path,
        directory=directory,
        is_saved_model=False,
        meta_graphs=graph_facts.by_tags(saved_model),
        claims=claims,
        signatures=signatures,
        image_size=claims.image_size,
    )


def _read_saved_model(directory: str, path: str) -> OpenedModule:
    claims = module_configuration.read_saved_model_claims(directory, path, None)
    facts = module_configuration.require_facts(claims, path)
    return OpenedModule(
        path=path,
        directory=directory,
        is_saved_model=True,
        meta_graphs=graph_facts.by_tags(
            module_files.read_saved_model_2(directory, path)
        ),
        claims=claims,
        signatures=interfaces.signatures_of_task(facts["task"]),
        image_size=claims.image_size,
    )
