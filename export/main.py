"""The command line: flags, and what they call.

What a command needs is imported when it runs, so that help and refusals, and the
commands that need no TensorFlow, do not wait for it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import warnings
from typing import Sequence

from absl import app, flags
from absl import logging as absl_logging
from absl.flags import argparse_flags

import efficientnet_hub
from efficientnet_hub import dependencies, errors
from efficientnet_hub.efficientnet import config as config_lib

_EXIT_CHECK_FAILED = 1
_EXIT_BAD_INPUT = 2
_EXIT_INTERRUPTED = 130  # As shells have it: 128 and the number of SIGINT.

_EXECUTES = (
    "This executes the ops of the module, which is a program: only run modules that "
    "you trust on this machine."
)


def run() -> None:
    """Runs the command line program, and exits."""
    _quieten_tensorflow()
    app.run(main, flags_parser=parse)


def main(arguments: argparse.Namespace) -> int:
    """Runs a command.

    Args:
      arguments: what `parse` returned.

    Returns:
      The exit status: 0 done, 1 a check failed, 2 bad usage or bad input, 130
      interrupted.
    """
    if not flags.FLAGS["verbosity"].present:
        absl_logging.set_verbosity(absl_logging.ERROR)
    try:
        return arguments.command(arguments)
    except KeyboardInterrupt:
        print("efficientnet-hub: interrupted", file=sys.stderr)
        return _EXIT_INTERRUPTED
    except (errors.InputError, errors.DependencyError, OSError) as error:
        print("efficientnet-hub: error: %s" % error, file=sys.stderr)
        return _EXIT_BAD_INPUT


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parses the command line, without importing TensorFlow.

    Args:
      argv: the program's name and its arguments.

    Returns:
      The arguments; `command` is the function to call with them.
    """
    parser = argparse_flags.ArgumentParser(
        prog="efficientnet-hub",
        description="Builds, verifies and classifies with EfficientNets as TF1 hub "
        "modules.",
    )
    parser.add_argument(
        "--version", action="version", version=efficientnet_hub.__version__
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands.required = True
    _add_export(commands)
    _add_finetune(commands)
    _add_repackage(commands)
    _add_verify(commands)
    _add_inspect(commands)
    _add_classify(commands)
    try:
        return parser.parse_args(argv[1:])
    except flags.Error as error:  # of absl's own flags, such as --verbosity
        return parser.error(str(error))


def _add_export(commands) -> None:
    parser = commands.add_parser(
        "export",
        help="write a module",
        description="Writes an EfficientNet as a module in the TF1 Hub format, with "
        "its documentation page beside it.",
    )
    add = parser.add_argument
    add(
        "--model",
        required=True,
        choices=list(config_lib.VARIANTS),
        metavar="MODEL",
        help="efficientnet-b0 ... b8, -l2, -lite0 ... -lite4",
    )
    add(
        "--weights",
        required=True,
        metavar="SOURCE",
        help="'random', 'imagenet', a .pth file, or a TensorFlow checkpoint: its "
        "prefix, directory or .tar.gz",
    )
    add("--output", required=True, metavar="DIR", help="the module to write")
    add(
        "--task",
        default="classification",
        choices=["classification", "feature-vector"],
        help="default: classification",
    )
    add("--num_classes", type=int, metavar="N", help="default: 1000, or the labels'")
    add("--labels", metavar="FILE", help="class names, one a line")
    add("--image_size", type=int, metavar="N", help="pixels; default: the model's")
    add(
        "--preprocessing",
        choices=config_lib.PREPROCESSINGS,
        help="how the weights expect images to be normalized: by ImageNet's mean and "
        "deviation, to AdvProp's [-1, 1], or as Lite; default: the model's",
    )
    _add_archive(parser)
    add("--seed", type=int, default=0, metavar="N", help="seeds random weights")
    add(
        "--moving_averages",
        default="auto",
        choices=["auto", "never"],
        help="take moving averages where a checkpoint has them; default: auto",
    )
    add("--new_classifier", action="store_true", help="start the classifier anew")
    _add_overwrite(parser)
    parser.set_defaults(command=_export)


def _add_archive(parser) -> None:
    parser.add_argument("--archive", metavar="FILE", help="a .tar.gz to write too")


def _add_overwrite(parser) -> None:
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what is there"
    )


def _add_finetune(commands) -> None:
    parser = commands.add_parser(
        "finetune",
        help="train a module on your photographs",
        description="Trains a module's network to tell the classes of a folder of "
        "photographs, and writes the module of it. Interrupted, the same command goes "
        "on from the last epoch. " + _EXECUTES,
    )
    add = parser.add_argument
    add("--module", required=True, metavar="DIR_OR_ARCHIVE", help="where to start")
    add(
        "--images",
        required=True,
        metavar="FOLDER",
        help="a folder of JPEG and PNG files for each class, named for it",
    )
    add("--output", required=True, metavar="DIR", help="the module to write")
    add(
        "--training_dir",
        metavar="FOLDER",
        help="checkpoints, and summaries for TensorBoard; default: OUTPUT.training",
    )
    add("--epochs", type=int, default=10, metavar="N", help="default: 10")
    add("--batch", type=int, default=32, metavar="N", help="images; default: 32")
    add("--image_size", type=int, metavar="N", help="pixels; default: the module's")
    add(
        "--learning_rate",
        type=float,
        metavar="RATE",
        help="at its peak; default: 0.02, of momentum 0.9, or with --freeze 0.01, of "
        "Adam",
    )
    add(
        "--warm_up_epochs",
        type=float,
        default=0.5,
        metavar="N",
        help="in which the learning rate rises; default: 0.5",
    )
    add(
        "--patience",
        type=int,
        metavar="N",
        help="epochs without a better accuracy that end the training",
    )
    add(
        "--augmentation",
        default="crop-and-flip",
        choices=["none", "crop", "crop-and-flip"],
        help="default: crop-and-flip; what means something else in a mirror, as digits "
        "do, wants crop",
    )
    add(
        "--held_out",
        type=float,
        default=0.2,
        metavar="PART",
        help="of the photographs, to evaluate with; default: 0.2",
    )
    add("--seed", type=int, default=0, metavar="N", help="seeds all that is random")
    add(
        "--freeze",
        action="store_true",
        help="train the classifier alone, on features that are computed once",
    )
    _add_archive(parser)
    _add_overwrite(parser)
    parser.set_defaults(command=_finetune)


def _add_repackage(commands) -> None:
    parser = commands.add_parser(
        "repackage",
        help="write a module that a program exported, as export does",
        description="Writes a module with the weights of one that a TF1 program "
        "exported with hub.Module.export or hub.LatestModuleExporter: with its "
        "documentation page, for TensorFlow 1.13 and newer, for servers too.",
    )
    parser.add_argument("module", metavar="DIR_OR_ARCHIVE")
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="the module to write"
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        help="class names, one a line; default: those that the module carries",
    )
    _add_archive(parser)
    _add_overwrite(parser)
    parser.set_defaults(command=_repackage)


def _add_verify(commands) -> None:
    parser = commands.add_parser(
        "verify",
        help="check a module's promises",
        description="Loads a module as its users do and checks every promise of its "
        "kind; exit status 1 if one is broken. " + _EXECUTES,
    )
    parser.add_argument("module", metavar="DIR_OR_ARCHIVE")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="also fail where an optional part is missing, such as class names or "
        'the graph tagged "serve"',
    )
    parser.set_defaults(command=_verify)


def _add_inspect(commands) -> None:
    parser = commands.add_parser(
        "inspect",
        help="tell what a module is",
        description="Tells what a module is by its files, and executes nothing.",
    )
    parser.add_argument("module", metavar="DIR_OR_ARCHIVE")
    parser.set_defaults(command=_inspect)


def _add_classify(commands) -> None:
    parser = commands.add_parser(
        "classify",
        help="classify photographs",
        description="Classifies image files with a module. " + _EXECUTES,
    )
    parser.add_argument("module", metavar="DIR_OR_ARCHIVE")
    parser.add_argument("images", metavar="IMAGE", nargs="+")
    parser.add_argument("--top", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=_classify)


def _export(arguments: argparse.Namespace) -> int:
    dependencies.tensorflow()
    from efficientnet_hub.export import exporter

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
    )
    return _print_exported(exported)


def _finetune(arguments: argparse.Namespace) -> int:
    dependencies.tensorflow()
    from efficientnet_hub.export import finetuned

    exported, trained = finetuned.finetune_module(
        module=arguments.module,
        images=arguments.images,
        output=arguments.output,
        folder=arguments.training_dir,
        epochs=arguments.epochs,
        batch=arguments.batch,
        image_size=arguments.image_size,
        learning_rate=arguments.learning_rate,
        warm_up_epochs=arguments.warm_up_epochs,
        patience=arguments.patience,
        augmentation=arguments.augmentation,
        held_out=arguments.held_out,
        seed=arguments.seed,
        freeze=arguments.freeze,
        archive=arguments.archive,
        overwrite=arguments.overwrite,
    )
    print("accuracy on the photographs held out: %.4f" % trained.accuracy)
    return _print_exported(exported)


def _repackage(arguments: argparse.Namespace) -> int:
    dependencies.tensorflow()
    from efficientnet_hub.export import repackaging

    return _print_exported(
        repackaging.repackage_module(
            arguments.module,
            arguments.output,
            labels=arguments.labels,
            archive=arguments.archive,
            overwrite=arguments.overwrite,
        )
    )


def _print_exported(exported) -> int:
    """Says what was written, and returns the exit status."""
    for note in exported.notes:
        print(note)
    for path in (exported.directory, exported.card, exported.archive):
        if path is not None:
            print("wrote %s" % path)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    dependencies.tensorflow()
    from efficientnet_hub.export import verify

    report = verify.verify_module(arguments.module, arguments.strict)
    print(report)
    if report.passed:
        print("%s keeps its promises" % arguments.module)
        return 0
    for finding in report.failures:
        print("efficientnet-hub: %s" % finding, file=sys.stderr)
    return _EXIT_CHECK_FAILED


def _inspect(arguments: argparse.Namespace) -> int:
    dependencies.protobuf()
    from efficientnet_hub.export import inspection

    print(inspection.inspect_module(arguments.module))
    return 0


def _classify(arguments: argparse.Namespace) -> int:
    dependencies.tensorflow()
    from efficientnet_hub.export import classification

    results = list(
        classification.classify_images(
            arguments.module, arguments.images, arguments.top
        )
    )
    if arguments.json:
        print(json.dumps([_as_json(*result) for result in results], indent=2))
        return 0
    for image, predictions in results:
        print(image)
        for prediction in predictions:
            name = prediction.name or "class"
            print("  %6.4f  %s (%d)" % (prediction.probability, name, prediction.index))
    return 0


def _as_json(image: str, predictions) -> dict:
    return {
        "image": image,
        "predictions": [
            {"index": p.index, "name": p.name, "probability": p.probability}
            for p in predictions
        ],
    }


def _quieten_tensorflow() -> None:
    """Leaves the terminal to this program's own words; it may be overruled."""
    # Errors too: TensorFlow logs as such that there is no GPU; others are raised.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # TensorFlow 1.15 meets numpy's, and tensorflow_hub setuptools' deprecations.
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="tensorflow_hub")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
