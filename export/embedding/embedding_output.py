"""Where `embed` writes: the table, and beside it the folder of finished rows."""

from __future__ import annotations

import contextlib
import os
import re
from typing import Iterator

from ... import errors, escaping
from ...embedding import formats, options, parts, tables
from .. import destinations
from ..storage import held_folders, publication

_SHARD = "{stem}-{index:05d}-of-{count:05d}{extension}"
_SHARD_NAME = re.compile(r"(.+)-\d{5,}-of-\d{5,}(\.\w+)", re.DOTALL)
_PARTIAL = ".partial"


def check(
    output: str, is_folder: bool, overwrite: bool, module: str, images: str
) -> None:
    """Checks that a table may be written.

    Args:
      output: its path.
      is_folder: whether it is a folder of files.
      overwrite: whether to replace an earlier table.
      module: what computes it.
      images: the folder of the images.

    Raises:
      errors.InputError: if the path exists and is no earlier table that may be
        replaced, is in a folder that is read, or cannot be written.
      errors.DependencyError: if a package for the format is missing.
    """
    destinations.check_is_path("output", output)
    if output.endswith(os.sep) and not is_folder:
        raise errors.InputError(
            f"output must be a file, found {output!r}, the name of a folder: give "
            "--shard_size to write a folder of files, or leave out the slash"
        )
    # The slash has no meaning for a folder, but hides its extension.
    formats.choose(output.rstrip(os.sep)).check_dependencies()
    for path in (output, name_partial(output)):
        destinations.check_apart_from_inputs(
            path, {"module": [module], "images": [images]}
        )
    destinations.check_outside_of_modules(output)
    publication.check_is_no_mount_point(output)
    if os.path.lexists(output) and overwrite:
        _check_is_own(output, is_folder)
    publication.check_destination(output, overwrite)
    publication.check_destination(name_partial(output), overwrite=True)
    _check_partial(name_partial(output))


def _check_is_own(output: str, is_folder: bool) -> None:
    """Checks that a table is what would be replaced, and of the same kind."""
    if os.path.islink(output) or os.path.isdir(output) != is_folder:
        kind = "folder of tables" if is_folder else "table in a file"
        raise errors.InputError(
            f"'{output}' must be a {kind}, which --overwrite replaces, found something "
            "else: give another --output, or remove it"
        )
    names = sorted(os.listdir(output)) if is_folder else [""]
    for name in names:
        file = os.path.join(output, name) if is_folder else output
        is_named = not is_folder or _SHARD_NAME.fullmatch(name) is not None
        if not is_named or not os.path.isfile(file) or not _is_table(file):
            raise errors.InputError(
                f"'{output}' must be a table that this command wrote, which "
                f"--overwrite replaces, found '{file}': give another --output"
            )


def _is_table(file: str) -> bool:
    try:
        return formats.choose(file).is_own(file)
    except errors.InputError:
        return False


def _check_partial(folder: str) -> None:
    if not os.path.lexists(folder):
        return
    expected = f"'{folder}' must be new, or have the unfinished rows of an earlier run"
    if os.path.islink(folder) or not os.path.isdir(folder):
        raise errors.InputError(f"{expected}, found a file: give another --output")
    foreign = sorted(n for n in os.listdir(folder) if not parts.is_own_file(n))
    if foreign:
        raise errors.InputError(
            f"{expected}, found other files in it ({escaping.list_names(foreign)}): "
            "give another --output"
        )


def name_partial(output: str) -> str:
    """Returns the folder of the rows of a table that is not finished."""
    return os.path.normpath(output) + _PARTIAL


@contextlib.contextmanager
def hold(output: str) -> Iterator[str]:
    """Creates and locks the folder of finished rows, see `held_folders.hold`.

    A folder without rows after an error is removed.

    Args:
      output: the path of the table.

    Yields:
      The folder.

    Raises:
      errors.InputError: if another process writes the same table.
    """
    folder = name_partial(output)
    refusal = (
        f"'{output}' must be written by one process at a time, found that another one "
        "writes it: wait for it, or give another --output"
    )
    with held_folders.hold(folder, refusal):
        try:
            yield folder
        except BaseException:
            parts.remove_record_without_rows(folder)
            raise


def publish(destination: options.Destination, table: tables.Table) -> list[str]:
    """Writes a table beside its destination, and moves it there in one step.

    Args:
      destination: where to write it.
      table: the table.

    Returns:
      The paths of its files.

    Raises:
      errors.InputError: if something is at the destination in the meantime.
      OSError: if it cannot be written; its file name is the destination.
    """
    output = os.path.normpath(destination.output)
    write = formats.choose(output).write
    with publication.staging(output) as staging, _naming(output):
        staged = os.path.join(staging, "table")
        if destination.shard_size is None:
            files = [output]
            write(staged, table)
        else:
            os.mkdir(staged)
            names = _write_shards(staged, output, table, destination.shard_size)
            files = [os.path.join(output, name) for name in names]
        publication.publish(staged, output, destination.overwrite)
    return files


def _write_shards(
    folder: str, output: str, table: tables.Table, size: int
) -> list[str]:
    stem, extension = os.path.splitext(os.path.basename(output))
    write = formats.choose(output).write
    starts = range(0, table.count, size)
    names = []
    for index, start in enumerate(starts):
        names.append(
            _SHARD.format(
                stem=stem, index=index, count=len(starts), extension=extension
            )
        )
        shard = table.select(start, min(start + size, table.count))
        write(os.path.join(folder, names[-1]), shard)
    return names


@contextlib.contextmanager
def _naming(output: str) -> Iterator[None]:
    """Makes errors of the system name the destination, not a temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # Of pyarrow, which describes the cause in a message.
            error = errors.find_cause(error, output) or error
        error.filename = output
        error.filename2 = None
        raise error
