"""Writes the features of the images of a folder, computed by a module."""

from __future__ import annotations

import contextlib
import os
from typing import Sequence

from ... import digests, errors, escaping, progress_bars
from ...embedding import options, parts, tables
from ...photographs import decoding, folders, formats, image_files
from . import embedder as embedder_lib
from . import embedding_output, embedding_result


def embed_module(
    module: str,
    images: str,
    destination: options.Destination,
    computation: options.Computation | None = None,
) -> embedding_result.Embedding:
    """Writes a table with a row for each image of a folder.

    This executes the module's ops: a module is a program. A run that was interrupted or
    killed is continued: the rows that it finished are in a folder beside the output.
    Memory does not depend on the number of images, except for their paths.

    Args:
      module: a module's directory or its .tar.gz, of any publisher.
      images: a folder with images, also in folders below it.
      destination: where to write the table.
      computation: what to compute, by default feature vectors.

    Returns:
      What was written.

    Raises:
      errors.InputError: if an option is wrong, there is no such module, it is damaged,
        lacks the output or returns a number that is not finite, or no image can be
        read.
      errors.DependencyError: if tensorflow_hub, Pillow or, for Parquet, pyarrow is
        missing.
    """
    embedding_output.check(
        destination.output,
        destination.shard_size is not None,
        destination.overwrite,
        module,
        images,
    )
    decoding.check_dependencies()
    found = _ImageFolder(images)
    chosen = computation or options.Computation()
    with embedder_lib.open_embedder(module, chosen) as embedder, embedding_output.hold(
        destination.output
    ) as folder:
        return _embed(module, found, destination, embedder, folder)


class _ImageFolder:
    """The images of a folder, by paths relative to it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        found = folders.find_without_classes(folder).paths
        # Of a folder such as 'a/', no path starts with 'a//'.
        self.paths = [os.path.relpath(path, folder) for path in found]
        if not self.paths:
            raise errors.InputError(
                f"'{folder}' must have images ({', '.join(formats.EXTENSIONS)}), found "
                "none: do the files have another extension?"
            )

    def read(self, path: str) -> bytes:
        """Returns the content of a file."""
        return image_files.read(os.path.join(self.folder, path), path)

    def compute_digest(self) -> str:
        """Returns a hash of the paths, sizes and times of the files, not contents."""
        return digests.of_texts(map(self._describe, self.paths))

    def _describe(self, path: str) -> str:
        try:
            status = os.stat(os.path.join(self.folder, path))
        except OSError:
            return repr(path)
        return f"{path!r} {status.st_size} {status.st_mtime_ns}"


def _embed(
    module: str,
    images: _ImageFolder,
    destination: options.Destination,
    embedder: embedder_lib.Embedder,
    folder: str,
) -> embedding_result.Embedding:
    rows = parts.Parts(folder, embedder.columns, _escape_all(images.paths))
    facts = {
        **embedder.facts,
        "batch": embedder.batch,
        "images": images.compute_digest(),
    }
    rows.load(facts, embedder.batch)
    _compute_missing(images, embedder, rows)
    damaged = sum(bool(error) for part in rows.read() for error in part.errors)
    if damaged == len(images.paths):
        first = next(error for part in rows.read() for error in part.errors)
        rows.remove()
        raise errors.InputError(
            f"'{images.folder}' must have an image that can be read, found {damaged} "
            f"damaged ones ({first}): is it the right folder?"
        )
    table = tables.Table(embedder.columns, embedder.facts, len(images.paths), rows.read)
    files = embedding_output.publish(destination, table)
    rows.remove()
    return embedding_result.Embedding(
        module=module,
        images=images.folder,
        files=files,
        columns=embedder.columns,
        facts=embedder.facts,
        count=len(images.paths),
        damaged=damaged,
    )


def _escape_all(paths: Sequence[str]) -> list[str]:
    return [escaping.escape_surrogates(path) for path in paths]


def _compute_missing(
    images: _ImageFolder, embedder: embedder_lib.Embedder, rows: parts.Parts
) -> None:
    done, total = rows.count, len(images.paths)
    batches = embedder.embed(images.paths[done:], images.read, str)
    bar = progress_bars.start_bar(total, "image", initial=done)
    try:
        with contextlib.closing(batches), bar:
            for batch in batches:
                rows.add(batch)
                bar.update(len(batch))
    finally:
        rows.flush()
