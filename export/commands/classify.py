"""`efficientnet-hub classify`: classifies photographs."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, Iterable, Union

from ... import errors, paths
from . import exit_statuses, flags, help_texts, json_output, printing, quiet_import

if TYPE_CHECKING:
    from ..classification import module_classification

    _Found = Union[list[module_classification.Prediction], errors.InputError]
    _Result = tuple[str, _Found]


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "classify",
        help="classify photographs",
        description="Classifies images with a module. Files that cannot be read are "
        "reported, the others are classified, and the exit status is 2. "
        + flags.EXECUTES,
        epilog=help_texts.end(
            "classify modules/b2 photograph.jpg",
            "docs/usage.md",
        ),
    )
    flags.add_module(parser)
    parser.add_argument(
        "images",
        type=paths.expand,
        metavar="IMAGE",
        nargs="+",
        help="an image (JPEG, PNG, WebP, BMP, TIFF or GIF), a folder of images, or a "
        "pattern such as 'photographs/**/*.jpg'",
    )
    parser.add_argument(
        "--top",
        type=int,
        default=5,
        metavar="N",
        help="number of classes to print for each photograph; default: 5",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import image_argument_checks

    image_argument_checks.check_classification(
        arguments.module, arguments.images, arguments.top
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow_for_inference()
    from ..classification import classification_inputs, module_classification

    images = classification_inputs.expand(arguments.images)
    results = module_classification.classify_readable_images(
        arguments.module, images, arguments.top
    )
    write = _write_json if arguments.json else _write_lines
    return write(results)


def _write_lines(results: Iterable[_Result]) -> int:
    """Prints the predictions for people; returns the exit status."""
    status = exit_statuses.DONE
    for image, result in results:
        if isinstance(result, errors.InputError):
            status = _report(result)
            continue
        printing.print_line(image)
        for prediction in result:
            name = prediction.name or "class"
            printing.print_line(
                f"  {prediction.probability:6.4f}  {name} ({prediction.index})"
            )
    return status


def _write_json(results: Iterable[_Result]) -> int:
    """Prints a list, an item at a time: it may not fit into memory."""
    status = exit_statuses.DONE
    before = "[\n"
    try:
        for image, result in results:
            item = json_output.format_value(_as_json(image, result))
            print(before + textwrap.indent(item, "  "), end="")
            before = ",\n"
            if isinstance(result, errors.InputError):
                status = _report(result)
    finally:
        # The list is complete, also if the module fails at a later image.
        if before == ",\n":
            print("\n]")
    return status


def _report(error: errors.InputError) -> int:
    printing.print_error(error)
    return exit_statuses.BAD_INPUT


def _as_json(image: str, result: _Found) -> dict[str, Any]:
    if isinstance(result, errors.InputError):
        return {"image": image, "error": str(result)}
    return {
        "image": image,
        "predictions": [
            {"index": p.index, "name": p.name, "probability": p.probability}
            for p in result
        ],
    }
