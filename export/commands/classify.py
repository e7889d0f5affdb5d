"""`efficientnet-hub classify`: classifies photographs."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, Sequence

from ... import paths
from . import exit_statuses, flags, help_texts, printing, quiet_import

if TYPE_CHECKING:
    from .. import classification


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "classify",
        help="classify photographs",
        description="Classifies image files with a module. " + flags.EXECUTES,
        epilog=help_texts.end(
            "classify modules/b2 photograph.jpg",
            "docs/fine-tuning.md",
        ),
    )
    flags.add_module(parser)
    parser.add_argument(
        "images",
        type=paths.expand,
        metavar="IMAGE",
        nargs="+",
        help="a JPEG, PNG, WebP, BMP, TIFF or GIF file",
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
    from . import argument_checks

    argument_checks.check_classification(
        arguments.module, arguments.images, arguments.top
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow()
    from .. import classification

    results = list(
        classification.classify_images(
            arguments.module, arguments.images, arguments.top
        )
    )
    if arguments.json:
        print(json.dumps([_as_json(*result) for result in results], indent=2))
        return exit_statuses.DONE
    for image, predictions in results:
        printing.print_line(image)
        for prediction in predictions:
            name = prediction.name or "class"
            printing.print_line(
                f"  {prediction.probability:6.4f}  {name} ({prediction.index})"
            )
    return exit_statuses.DONE


def _as_json(
    image: str, predictions: Sequence[classification.Prediction]
) -> dict[str, Any]:
    return {
        "image": image,
        "predictions": [
            {"index": p.index, "name": p.name, "probability": p.probability}
            for p in predictions
        ],
    }
