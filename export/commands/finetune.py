"""`efficientnet-hub finetune`: trains a module on photographs."""

from __future__ import annotations

import argparse

from ... import dependencies
from . import exit_statuses, options

_MOST_CONFUSIONS = 5


def add(commands) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "finetune",
        help="train a module on your photographs",
        description="Trains a module's network to tell the classes of a folder of "
        "photographs, and writes the module of it. Interrupted, the same command goes "
        "on from the last epoch. " + options.EXECUTES,
    )
    flag = parser.add_argument
    flag("--module", required=True, metavar="DIR_OR_ARCHIVE", help="where to start")
    flag(
        "--images",
        required=True,
        metavar="FOLDER",
        help="a folder of JPEG and PNG files for each class, named for it",
    )
    flag("--output", required=True, metavar="DIR", help="the module to write")
    flag(
        "--training_dir",
        metavar="FOLDER",
        help="checkpoints, and summaries for TensorBoard; default: OUTPUT.training",
    )
    flag("--epochs", type=int, default=10, metavar="N", help="default: 10")
    flag("--batch", type=int, default=32, metavar="N", help="images; default: 32")
    flag("--image_size", type=int, metavar="N", help="pixels; default: the module's")
    flag(
        "--learning_rate",
        type=float,
        metavar="RATE",
        help="at its peak; default: 0.02, of momentum 0.9, or with --freeze 0.01, of "
        "Adam",
    )
    flag(
        "--warm_up_epochs",
        type=float,
        default=0.5,
        metavar="N",
        help="in which the learning rate rises; default: 0.5",
    )
    flag(
        "--patience",
        type=int,
        metavar="N",
        help="epochs without a better accuracy that end the training",
    )
    flag(
        "--augmentation",
        default="crop-and-flip",
        choices=["none", "crop", "crop-and-flip"],
        help="default: crop-and-flip; what means something else in a mirror, as digits "
        "do, wants crop",
    )
    flag(
        "--held_out",
        type=float,
        default=0.2,
        metavar="PART",
        help="of the photographs, to evaluate with; default: 0.2",
    )
    flag("--seed", type=int, default=0, metavar="N", help="seeds all that is random")
    flag(
        "--freeze",
        action="store_true",
        help="train the classifier alone, on features that are computed once",
    )
    options.add_archive(parser)
    options.add_overwrite(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.tensorflow()
    from ...finetuning import confusions
    from .. import module_finetuning

    done = module_finetuning.finetune_module(
        module=arguments.module,
        images=arguments.images,
        output=arguments.output,
        training_dir=arguments.training_dir,
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
    if done is None:
        print("this process has done its part: the chief writes the module")
        return exit_statuses.DONE
    exported, trained = done
    print(f"accuracy on the photographs held out: {trained.accuracy:.4f}")
    for confusion in confusions.most_frequent(
        trained.confusion_matrix, trained.class_names, _MOST_CONFUSIONS
    ):
        print(f"  {confusion}")
    return options.print_exported(exported)
