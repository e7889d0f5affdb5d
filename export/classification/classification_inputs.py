"""Checks what a classification of photographs needs, before TensorFlow is imported."""

from __future__ import annotations

import glob
import os
from typing import Any, Iterator, Sequence

from ... import errors, escaping
from ...photographs import decoding, image_files
from ...photographs import folders as folders_lib
from ...signatures import class_names
from ...signatures import names as signatures_lib
from ..execution import image_graphs

_ANY_DEPTH = "**"
_MOST_SIGNATURES = 5  # In a sentence.


def check_top(top: int) -> None:
    """Checks the number of classes to return for each image.

    A number above that of the module's classes means all of them.

    Raises:
      errors.InputError: if it is not positive, or no module has so many classes.
    """
    if top < 1:
        raise errors.InputError(f"top must be a positive integer, found {top}")
    if top > class_names.MOST_CLASSES:
        raise errors.InputError(
            f"top must be at most {class_names.MOST_CLASSES}, found "
            f"{escaping.cut(top)}: is a digit too many?"
        )


def expand(images: Sequence[str]) -> list[str]:
    """Returns the files that the arguments for images name.

    Args:
      images: files; folders, of which the images are meant, see
        `photographs.folders.list_below`; and patterns such as '*.jpg' or
        'photographs/**/*.png', as shells expand them: a pattern that no file matches
        stays in the list. So does a folder that cannot be read or has no images:
        reading it as a file raises the error.
    """
    return [path for image in images for path in _expand(image)]


def check_one_is_readable(images: Sequence[str]) -> None:
    """Checks that not all images are damaged, by their headers alone.

    Raises:
      errors.InputError: if all are.
    """
    decoding.check_dependencies()
    mistakes = errors.Mistakes()
    for image in images:
        noted = len(mistakes.messages)
        with mistakes.collect():
            image_files.check_header(image_files.read(image), image)
        if len(mistakes.messages) == noted:
            return
    mistakes.raise_any()


def _expand(image: str) -> list[str]:
    if os.path.isdir(image):
        found = folders_lib.list_below(image)
        return [*found.paths, *found.unreadable] or [image]
    if os.path.lexists(image) or not glob.has_magic(image):
        return [image]
    # What is no file stays in the list, as with shells: reading it reports the error.
    matches = sorted(path for path in _match(image) if not os.path.isdir(path))
    return matches or [image]


def _match(pattern: str) -> set[str]:
    """Returns the paths that a pattern matches, each once.

    As in shells, `**` enters no link to a folder: `glob` follows links that form a
    circle again and again.
    """
    parts = pattern.split("/")
    if parts[-1] == _ANY_DEPTH:
        parts.append("*")
    found = {"/" if pattern.startswith("/") else ""}
    for part in filter(None, parts):
        expand = _list_folders if part == _ANY_DEPTH else _match_part
        found = {path for each in found for path in expand(each, part)}
    return found


def _list_folders(parent: str, _: str) -> Iterator[str]:
    yield parent
    for path, folders, _files in os.walk(parent or "."):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            inside = os.path.join(path, name)
            if not os.path.islink(inside):
                yield inside if parent else os.path.relpath(inside)


def _match_part(parent: str, part: str) -> list[str]:
    return glob.glob(os.path.join(glob.escape(parent), part))


def read_graph(directory: str, path: str, image_size: int | None = None) -> Any:
    """Returns the graph for inference of a classification module.

    Args:
      directory: the module's.
      path: what to call the module in errors.
      image_size: see `image_graphs.choose_size`.

    Returns:
      A MetaGraphDef with the signature for classification.

    Raises:
      errors.InputError: if there is no such module, it is damaged, it says of itself
        what its graphs contradict, or its images are not of float32.
    """
    meta_graph = image_graphs.read(directory, path)
    signatures = sorted(meta_graph.signature_def)
    if signatures_lib.CLASSIFICATION in signatures:
        image_graphs.check_input(meta_graph, signatures_lib.CLASSIFICATION, path)
        image_graphs.choose_size(meta_graph, path, image_size)
        return meta_graph
    question = "is it meant for something else?"
    if signatures_lib.FEATURE_VECTOR in signatures:
        question = "is it a feature-vector module?"
    found = escaping.list_names(signatures, _MOST_SIGNATURES)
    raise errors.InputError(
        f"module '{path}' must have the signature '{signatures_lib.CLASSIFICATION}', "
        f"found {found or 'none'}: {question}"
    )
