"""`efficientnet-hub export`: writes a module."""

from __future__ import annotations

import argparse

from ... import dependencies
from ...efficientnet import config as config_lib
from ..writers import formats
from . import options


def add(commands) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "export",
        help="write a module",
        description="Writes an EfficientNet as a module, with its documentation page "
        "beside it.",
    )
    flag = parser.add_argument
    flag(
        "--model",
        required=True,
        choices=list(config_lib.VARIANTS),
        metavar="MODEL",
        help="efficientnet-b0 ... b8, -l2, -lite0 ... -lite4",
    )
    flag(
        "--weights",
        required=True,
        metavar="SOURCE",
        help="'random', 'imagenet', a .pth file, or a TensorFlow checkpoint: its "
        "prefix, directory or .tar.gz",
    )
    flag("--output", required=True, metavar="DIR", help="the module to write")
    flag(
        "--task",
        default="classification",
        choices=["classification", "feature-vector"],
        help="default: classification",
    )
    flag("--num_classes", type=int, metavar="N", help="default: 1000, or the labels'")
    flag("--labels", metavar="FILE", help="class names, one a line")
    flag("--image_size", type=int, metavar="N", help="pixels; default: the model's")
    flag(
        "--preprocessing",
        choices=config_lib.PREPROCESSINGS,
        help="how the weights expect images to be normalized: by ImageNet's mean and "
        "deviation, to AdvProp's [-1, 1], or as Lite; default: the model's",
    )
    flag(
        "--format",
        default=formats.HUB,
        choices=formats.FORMATS,
        help="hub: the TF1 Hub format; savedmodel: for TensorFlow 2, where "
        "hub.KerasLayer trains it; both: in DIR/hub and DIR/savedmodel; default: hub",
    )
    options.add_archive(parser)
    flag("--seed", type=int, default=0, metavar="N", help="seeds random weights")
    flag(
        "--moving_averages",
        default="auto",
        choices=["auto", "never"],
        help="take moving averages where a checkpoint has them; default: auto",
    )
    flag("--new_classifier", action="store_true", help="start the classifier anew")
    options.add_overwrite(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.tensorflow()
    from .. import exporter

    exported = exporter.export_module(
        model=arguments.model,
        weights=arguments.weights,
        output=arguments.output,
        task=arguments.task,
        num_classes=arguments.num_classes,
        labels=arguments.labels,
        image_size=arguments.image_size,
        preprocessing=arguments.preprocessing,
        archive=arguments.archive,
        seed=arguments.seed,
        overwrite=arguments.overwrite,
        moving_averages=arguments.moving_averages,
        new_classifier=arguments.new_classifier,
        format=arguments.format,
    )
    return options.print_exported(exported)
