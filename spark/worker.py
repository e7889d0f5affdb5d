"""What the worker processes of Spark run."""

from __future__ import annotations

import contextlib
import os
import warnings
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Tuple

from .. import dependencies, errors, onednn
from ..embedding import options, tables

if TYPE_CHECKING:
    from ..export.embedding import embedder as embedder_lib

# TensorFlow reads them when it is imported and when it creates a session.
_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_SILENT = "3"
# The path and the content of an image.
_Item = Tuple[str, bytes]


class Task(NamedTuple):
    """What the workers compute; it is sent to each of them.

    Attributes:
      module: what to call the module in errors.
      archive: the name under which Spark unpacks the module on each executor.
      computation: what to compute.
      columns: the names of the columns of the result, beside the path and the error.
      root: what to leave out at the start of paths.
      threads: how many processors a worker may use.
    """

    module: str
    archive: str
    computation: options.Computation
    columns: tuple[str, ...]
    root: str
    threads: int


# A process that Spark uses again, for another task, does not load the module again.
_loaded: dict[tuple[str, options.Computation], embedder_lib.Embedder] = {}
_open = contextlib.ExitStack()  # Never closed: it ends with the process.


def embed_frames(frames: Iterator[Any], task: Task) -> Iterator[Any]:
    """Computes the rows of images.

    Args:
      frames: pandas frames with the columns `path` and `content`.
      task: what to compute.

    Yields:
      Pandas frames, see `embed_images`.

    Raises:
      errors.InputError: if the module is damaged or lacks the output.
    """
    embedder = _load(task)
    items = (
        (path or "", content)
        for frame in frames
        for path, content in zip(frame["path"], frame["content"])
    )
    for rows in embedder.embed(items, _read, lambda item: _name(item, task.root)):
        yield _make_frame(rows, task.columns)


def _load(task: Task) -> embedder_lib.Embedder:
    key = (task.archive, task.computation)
    if key not in _loaded:
        onednn.select()
        os.environ.setdefault(_LOG_LEVEL, _SILENT)
        for name in _THREADS:
            os.environ.setdefault(name, str(task.threads))
        # tensorflow_hub imports pkg_resources, which warns.
        warnings.filterwarnings("ignore", category=UserWarning, module="tensorflow_hub")
        from ..export.embedding import embedder as embedder_lib

        pyspark = dependencies.optional("pyspark", "spark", "embedding with Spark")
        directory = pyspark.SparkFiles.get(task.archive)
        _loaded[key] = _open.enter_context(
            embedder_lib.open_embedder(directory, task.computation, task.module)
        )
    return _loaded[key]


def _read(item: _Item) -> bytes:
    path, content = item
    if content is None:
        raise errors.InputError(f"'{path}' must have a content, found null")
    return content


def _name(item: _Item, root: str) -> str:
    path, _ = item
    return path[len(root) :] if path.startswith(root) else path


def _make_frame(rows: tables.Rows, columns: tuple[str, ...]) -> Any:
    pandas = dependencies.optional("pandas", "spark", "embedding with Spark")
    values: dict[str, Any] = {
        "path": [path or None for path in rows.paths],  # A path may be null.
        "error": [error or None for error in rows.errors],
    }
    for name in columns:
        values[name] = [
            None if error else array.reshape(-1)
            for error, array in zip(rows.errors, rows.values[name])
        ]
    return pandas.DataFrame(values)
