"""`efficientnet-hub embed`: writes the features of many photographs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ... import paths
from ...embedding import options
from . import exit_statuses, flags, help_texts, json_output, printing, quiet_import

if TYPE_CHECKING:
    from ..embedding import embedding_result


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "embed",
        help="write the features of your photographs",
        description="Writes a table with a row for each image of a folder: its path, "
        "its features, and what is wrong with it if it cannot be read. The same "
        f"command continues a run that was interrupted. {flags.EXECUTES}",
        epilog=help_texts.end(
            "embed modules/b2 --images=samples --output=features.parquet",
            "docs/scale.md",
        ),
    )
    flags.add_module(parser)
    parser.add_argument(
        "--images",
        type=paths.expand,
        required=True,
        metavar="FOLDER",
        help="a folder of images, also in folders below it",
    )
    parser.add_argument(
        "--master",
        metavar="ADDRESS",
        help="compute on the Spark cluster with this address, such as "
        "spark://host:7077, or 'local[*]' to try; images and output may then be "
        "addresses such as s3a://bucket/images, and the output is a folder of .parquet "
        "files",
    )
    flags.add_flags(parser, options.Destination)
    flags.add_flags(parser, options.Computation)
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import image_argument_checks

    image_argument_checks.check_embedding(
        arguments.module,
        arguments.images,
        flags.values(arguments, options.Destination),
        flags.values(arguments, options.Computation),
        arguments.master,
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    with json_output.keep_for_document(arguments.json):
        embedding = _embed(arguments)
    if arguments.json:
        json_output.print_document("embed", embedding.to_json())
    else:
        _print_lines(embedding)
    return exit_statuses.DONE


def _embed(arguments: argparse.Namespace) -> embedding_result.Embedding:
    destination = options.Destination(**flags.values(arguments, options.Destination))
    computation = options.Computation(**flags.values(arguments, options.Computation))
    if arguments.master is None:
        quiet_import.tensorflow_for_inference()
        from ..embedding import module_embedding

        return module_embedding.embed_module(
            arguments.module, arguments.images, destination, computation
        )
    from ...spark import job

    # Only the workers need TensorFlow.
    return job.run(
        job.Arguments(
            arguments.module,
            arguments.images,
            destination,
            computation,
            arguments.master,
        ),
        is_quiet=getattr(arguments, "verbosity", None) is None,
    )


def _print_lines(embedding: embedding_result.Embedding) -> None:
    if embedding.damaged:
        printing.print_line(
            f"could not read {embedding.damaged} of {embedding.count} images: the "
            "column 'error' says why"
        )
    columns = ", ".join(map(_describe, embedding.columns))
    for file in embedding.files:
        printing.print_line(f"wrote {file}")
    printing.print_line(f"{embedding.count} images, each with {columns}")


def _describe(column: Any) -> str:
    shape = " x ".join(map(str, column.shape)) or "1"
    return f"{column.name} ({shape})"
