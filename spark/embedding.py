"""Computes the features of the images of a Spark DataFrame."""

from __future__ import annotations

import atexit
import dataclasses
import functools
import os
from typing import TYPE_CHECKING, Any

from .. import dependencies, digests, errors
from ..embedding import options, tables
from ..export import claims
from ..export.embedding import output_choice
from ..export.execution import image_graphs
from ..export.storage import archive_reader, archive_writer, temporary_folders
from . import worker

if TYPE_CHECKING:
    from pyspark import sql

_RECORDS = "spark.sql.execution.arrow.maxRecordsPerBatch"
# Of images in a batch that Spark sends to a worker: Spark's own number is 10,000.
_MOST_RECORDS = 32
_COLUMNS = {"path": "string", "content": "binary"}
_TYPES = {
    tables.FLOAT: "array<float>",
    tables.INTEGER: "array<int>",
    tables.TEXT: "array<string>",
}
# The archives that an application has: the name by the application and the digest.
_shipped: dict[tuple[str, str], str] = {}


def embed_images(
    dataframe: sql.DataFrame, module: str, root: str = "", **computation: Any
) -> sql.DataFrame:
    """Computes the features of images with Spark.

    This executes the module's ops: a module is a program. The module is sent to each
    executor once, and each worker process loads it once. The workers need this package
    with the extras `hub` and `spark`. If the session does not set
    `spark.sql.execution.arrow.maxRecordsPerBatch`, this function sets it to 32: Spark
    keeps so many images in memory, twice.

    Args:
      dataframe: images with the columns `path`, a string, and `content`, the bytes of
        the file, as `spark.read.format("binaryFile")` reads them. Other columns are
        ignored.
      module: a module's directory or its .tar.gz on the driver, of any publisher.
      root: what to leave out at the start of paths.
      **computation: fields of `embedding.options.Computation`: `endpoint`, `top_k`,
        `resize`, `image_size` and `batch`.

    Returns:
      A DataFrame with a row for each row of `dataframe`, computed when it is used:
      `path`, null if it is null; `error`, a string, null if the image can be read; and
      `features` or `logits`, an array of float, or with `top_k` `class_indices` (array
      of int), `class_names` (array of string, if the module has names) and
      `probabilities` (array of float). The arrays are null where there is an error.

    Raises:
      errors.InputError: if a column or an option is wrong, there is no such module, it
        is damaged, or it lacks the output. Workers raise it for what only they find.
      errors.DependencyError: if pyspark, pandas or pyarrow is missing.
    """
    check_dependencies()
    _check_columns(dataframe)
    session = dataframe.sparkSession
    chosen = options.Computation(**computation)
    description = describe(module, chosen)
    columns = description.list_columns(())
    if session.conf.get(_RECORDS, None) is None:
        session.conf.set(_RECORDS, str(_MOST_RECORDS))
    task = worker.Task(
        module=module,
        archive=_ship(session.sparkContext, module, description.digest),
        computation=chosen,
        columns=tuple(column.name for column in columns),
        root=root,
        threads=int(session.conf.get("spark.task.cpus", None) or 1),
    )
    fields = ["path string", "error string"]
    fields += [f"{column.name} {_TYPES[column.kind]}" for column in columns]
    return dataframe.select("path", "content").mapInPandas(
        functools.partial(worker.embed_frames, task=task), ", ".join(fields)
    )


def _check_columns(dataframe: sql.DataFrame) -> None:
    # Spark ignores the case of names.
    types = {name.lower(): type_ for name, type_ in dataframe.dtypes}
    if any(types.get(name) != type_ for name, type_ in _COLUMNS.items()):
        found = ", ".join(f"'{name}' ({type_})" for name, type_ in dataframe.dtypes)
        raise errors.InputError(
            "the DataFrame must have the columns 'path' (string) and 'content' "
            f"(binary), found {found or 'none'}: does spark.read.format('binaryFile') "
            "read the images?"
        )


@dataclasses.dataclass(frozen=True)
class Description:
    """What a module computes, known without running it.

    Attributes:
      digest: the SHA-256 of its files.
      choice: its output.
      computation: what the user chose.
      image_size: the height and width of the images in pixels.
      has_names: whether its classes have names.
    """

    digest: str
    choice: output_choice.Choice
    computation: options.Computation
    image_size: tuple[int, int]
    has_names: bool

    def list_columns(self, shape: tuple[int, ...]) -> list[tables.Column]:
        """Returns the columns of the result, see `output_choice.list_columns`."""
        top_k = self.computation.top_k
        if top_k is not None and shape:
            top_k = shape[0]
        return output_choice.list_columns(self.choice, top_k, self.has_names, shape)

    def make_facts(self, shape: tuple[int, ...]) -> dict[str, Any]:
        """Returns how the values are computed, see `output_choice.make_facts`."""
        return output_choice.make_facts(
            self.digest, self.choice, self.computation, shape, self.image_size
        )


def describe(module: str, computation: options.Computation) -> Description:
    """Reads what a module computes, without TensorFlow.

    Raises:
      errors.InputError: if there is no such module, it is damaged, or it lacks the
        output.
    """
    with archive_reader.unpack(module) as directory:
        meta_graph = image_graphs.read(directory, module)
        return Description(
            digest=digests.of_folder(directory),
            choice=output_choice.choose(meta_graph, computation, module),
            computation=computation,
            image_size=image_graphs.choose_size(
                meta_graph, module, computation.image_size
            ),
            has_names=bool(claims.read(meta_graph, module).class_names),
        )


def check_dependencies() -> None:
    """Checks that Spark can run.

    Raises:
      errors.DependencyError: if pyspark, pandas or pyarrow is missing.
    """
    for name in ("pyspark.sql", "pandas", "pyarrow"):
        dependencies.optional(name, "spark", "embedding with Spark")


def _ship(context: Any, module: str, digest: str) -> str:
    """Sends a module to each executor, also to later ones; returns its name there."""
    key = (context.applicationId, digest)
    if key not in _shipped:
        # Executors read the archive from here as long as the application runs.
        folder = temporary_folders.create_in_system_folder()
        atexit.register(temporary_folders.remove, folder)
        path = os.path.join(folder, f"module-{digest}.tar.gz")
        with archive_reader.unpack(module) as directory:
            archive_writer.write_archive(directory, path)
        context.addArchive(path)
        _shipped[key] = os.path.basename(path)
    return _shipped[key]
