"""Runs `embed` on Spark: from the files of any file system that it reads to Parquet."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import sys
from typing import Any, Iterator, NamedTuple

from .. import dependencies, errors, escaping
from ..embedding import formats, options
from ..export.embedding import embedding_result
from ..photographs import folders as image_folders
from ..photographs import formats as image_formats
from . import embedding, folders, local_images

# Spark takes paths with these characters for patterns.
_PATTERN_CHARACTERS = "*?[]{}\\"
_OPEN_COST = "spark.sql.files.openCostInBytes"
# With Spark's own 4 MiB, a task would have 32 files.
_FILE_COST = 2**18
# In the traceback of a worker, which is in the message of Spark's error.
_OUR_ERROR = re.compile(r"efficientnet_hub\.errors\.(InputError|DependencyError): (.+)")
_JAVA_ERROR = re.compile(r"^: (.+)", re.M)
_SHOWN_CHARACTERS = 300
_LONGEST_PATH = 2**16


class Arguments(NamedTuple):
    """What to embed, and where.

    Attributes:
      module: a module's directory or its .tar.gz.
      images: an address or path that Spark reads.
      destination: where Spark writes a folder of Parquet files.
      computation: what to compute.
      master: the address of the cluster, such as 'local[*]'.
    """

    module: str
    images: str
    destination: options.Destination
    computation: options.Computation
    master: str


def check(images: str, output: str) -> None:
    """Checks the addresses of the images and of the table.

    Raises:
      errors.InputError: if Spark would not take one for what it is.
      errors.DependencyError: if pyspark, pandas or pyarrow is missing.
    """
    embedding.check_dependencies()
    mistakes = errors.Mistakes()
    for name, path in (("images", images), ("output", output)):
        found = sorted(set(path) & set(_PATTERN_CHARACTERS))
        if found or not path:
            mistakes.add(
                f"{name} must be a path without any of "
                f"{' '.join(_PATTERN_CHARACTERS)}, which Spark takes for a pattern, "
                f"found {path!r}: rename the folder, or use another one"
            )
    # The slash has no meaning for a folder, but hides its extension.
    if posixpath.splitext(output.rstrip("/"))[1] != formats.PARQUET:
        mistakes.add(
            f"output must have the extension {formats.PARQUET} with Spark, found "
            f"{output!r}: Spark writes a folder of Parquet files"
        )
    mistakes.raise_any()


def run(arguments: Arguments, is_quiet: bool = True) -> embedding_result.Embedding:
    """Writes the features of images with Spark.

    Args:
      arguments: what to embed, and where.
      is_quiet: whether Spark prints no messages.

    Returns:
      What was written.

    Raises:
      errors.InputError: if an argument is wrong, or Spark or a worker fails.
      errors.DependencyError: if pyspark, pandas or pyarrow is missing.
    """
    check(arguments.images, arguments.destination.output)
    with _describing_errors(), _start(arguments.master, is_quiet) as session:
        return _embed(session, arguments)


@contextlib.contextmanager
def _start(master: str, is_quiet: bool) -> Iterator[Any]:
    sql = dependencies.optional("pyspark.sql", "spark", "embedding with Spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.master(master).appName("efficientnet-hub embed")
    is_terminal = str(sys.stderr.isatty()).lower()
    builder = builder.config("spark.ui.showConsoleProgress", is_terminal)
    if is_quiet:
        builder = builder.config("spark.log.level", "OFF")
    session = builder.getOrCreate()
    try:
        if session.conf.get(_OPEN_COST, None) is None:
            session.conf.set(_OPEN_COST, str(_FILE_COST))
        yield session
    finally:
        session.stop()


def _embed(session: Any, arguments: Arguments) -> embedding_result.Embedding:
    destination = arguments.destination
    output = folders.Folder(session, destination.output)
    table = folders.NewTable(output)
    table.check(destination.overwrite)
    images = folders.Folder(session, arguments.images)
    if not images.exists():
        raise errors.InputError(
            f"'{arguments.images}' must be a folder of images, found nothing: is it "
            "the right path?"
        )
    local_images.check(images.address)
    root = images.address.rstrip("/") + "/"
    result = embedding.embed_images(
        _read(session, images.address, root),
        arguments.module,
        root,
        **vars(arguments.computation),
    )
    writer = result.write
    if destination.shard_size is not None:
        writer = writer.option("maxRecordsPerFile", destination.shard_size)
    with table.write() as incomplete:
        writer.parquet(incomplete.address)
        return _describe(session, arguments, incomplete, result.columns)


def _read(session: Any, address: str, root: str) -> Any:
    """Returns the images of a folder as a DataFrame."""
    functions = dependencies.optional(
        "pyspark.sql.functions", "spark", "embedding with Spark"
    )
    dataframe = (
        session.read.format("binaryFile")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", _make_pattern())
        .load(address)
    )
    names = "|".join(map(re.escape, image_folders.OF_SYSTEMS))
    below = functions.lower(dataframe["path"].substr(len(root) + 1, _LONGEST_PATH))
    return dataframe.where(~below.rlike(f"(^|/)({names})/"))


def _make_pattern() -> str:
    """Returns Hadoop's pattern for the names of images, in any case of letters."""
    endings = [
        "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in extension)
        for extension in image_formats.EXTENSIONS
    ]
    return "*{" + ",".join(endings) + "}"


def _describe(
    session: Any, arguments: Arguments, written: folders.Folder, names: list[str]
) -> embedding_result.Embedding:
    """Returns what was written.

    Raises:
      errors.InputError: if no image can be read.
    """
    table = session.read.parquet(written.address)
    column = names[-1]  # The last one is always there.
    counts = table.selectExpr(
        "count(*) as count", "count(error) as damaged", f"max(size({column})) as width"
    ).first()
    if counts["count"] == counts["damaged"]:
        raise errors.InputError(
            f"'{arguments.images}' must have an image that can be read, found "
            f"{counts['damaged']} damaged ones and no others: is it the right folder?"
        )
    shape = (counts["width"],)
    description = embedding.describe(arguments.module, arguments.computation)
    return embedding_result.Embedding(
        module=arguments.module,
        images=arguments.images,
        files=[
            posixpath.join(arguments.destination.output, name)
            for name in written.list_names()
            if name.endswith(formats.PARQUET)
        ],
        columns=description.list_columns(shape),
        facts=description.make_facts(shape),
        count=counts["count"],
        damaged=counts["damaged"],
    )


@contextlib.contextmanager
def _describing_errors() -> Iterator[None]:
    """Raises errors of Spark as one sentence."""
    try:
        yield
    except (errors.InputError, errors.DependencyError, MemoryError, OSError):
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("pyspark", "py4j"):
            raise
        message = str(error)
        of_worker = _OUR_ERROR.search(message)
        if of_worker is not None:
            raise errors.InputError(of_worker.group(2)) from error
        # After the line 'An error occurred while calling ...' of py4j.
        of_java = _JAVA_ERROR.search(message)
        found = of_java.group(1) if of_java else errors.first_line(error)
        found = escaping.cut(found, _SHOWN_CHARACTERS)
        raise errors.InputError(
            f"Spark must complete the job, found {type(error).__name__} ({found}): are "
            "Java, the addresses and the packages of the workers right?"
        ) from error
