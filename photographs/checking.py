"""Decodes each photograph once, to find all that is wrong before a long run."""

from __future__ import annotations

import os
from multiprocessing import pool
from typing import (
    Any,
    Callable,
    ContextManager,
    Iterable,
    Iterator,
    NamedTuple,
    Sequence,
)

from .. import digests, errors
from . import decoding, folders, image_files
from .labeled import Photographs

# Takes the number of photographs and the name of one; see `progress_bars.start_bar`.
StartBar = Callable[[int, str], ContextManager[Any]]

_MOST_THREADS = 16


class Checked(NamedTuple):
    """The photographs of a folder that can be read, and those that cannot.

    Attributes:
      photographs: those that can be read.
      damaged: the path of each other file.
      sentences: what is wrong, a sentence for each of them.
      found: what the folder has.
    """

    photographs: Photographs
    damaged: Sequence[str]
    sentences: Sequence[str]
    found: folders.Found


def raise_any(results: Iterable[Checked]) -> None:
    """Raises what is wrong.

    Raises:
      errors.InputError: if something is, with a sentence for each file.
    """
    sentences = [sentence for result in results for sentence in result.sentences]
    if sentences:
        raise errors.make(sentences)


def read_folder(folder: str, start_bar: StartBar) -> Checked:
    """Finds and decodes all photographs of a folder, in parallel.

    Args:
      folder: see `folders.find`.
      start_bar: starts a progress bar.

    Raises:
      errors.InputError: see `folders.find`. A damaged photograph raises nothing.
      errors.DependencyError: if Pillow is missing.
    """
    return check(folders.find(folder), start_bar)


def check(found: folders.Found, start_bar: StartBar) -> Checked:
    """Decodes all photographs that are found, see `read_folder`."""
    decoding.check_dependencies()
    paths, labels, contents = [], [], []
    damaged, sentences = [], list(found.unreadable.values())
    with start_bar(len(found.paths), "photograph") as bar:
        for path, label, result in zip(
            found.paths, found.labels, _read_all(found.paths)
        ):
            bar.update(1)
            if isinstance(result, errors.InputError):
                damaged.append(path)
                sentences.append(str(result))
                continue
            paths.append(path)
            labels.append(label)
            contents.append(result)
    photographs = Photographs(found.class_names, paths, labels, contents)
    return Checked(photographs, damaged, sentences, found)


def _read_all(paths: Sequence[str]) -> Iterator[str | errors.InputError]:
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with pool.ThreadPool(threads) as workers:  # Which ends them, also if interrupted.
        yield from workers.imap(_read, paths)


def _read(path: str) -> str | errors.InputError:
    """Returns the SHA-256 of a file that can be decoded, or what is wrong."""
    try:
        content = image_files.read(path)
        decoding.check(content, path)
    except errors.InputError as error:
        return error
    return digests.of_bytes(content)
