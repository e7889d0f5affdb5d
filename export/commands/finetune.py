"""`efficientnet-hub finetune`: fine-tunes a module on photographs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...finetuning import options as options_lib
from .. import options
from . import (
    exit_statuses,
    finetuning_document,
    flags,
    help_texts,
    json_output,
    printing,
    quiet_import,
    reporting,
)

if TYPE_CHECKING:
    from ...finetuning import trained as trained_lib
    from .. import exporter

_LARGEST_NUMBER_OF_CONFUSIONS = 5


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "finetune",
        help="train a module on your photographs",
        description="Trains a module's network to classify the photographs of a "
        "folder, and writes the new module. If a run is interrupted, the same command "
        f"resumes training from the last epoch. {flags.EXECUTES}",
        epilog=help_texts.end(
            "finetune --module=modules/b2 --images=photographs --output=modules/mine",
            "docs/fine-tuning.md",
        ),
    )
    flags.add_flags(parser, options_lib.Options)
    flags.add_flags(
        parser, options.OutputOptions, only=("output", "archive", "overwrite")
    )
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import argument_checks

    argument_checks.check_fine_tuning(
        flags.values(arguments, options_lib.Options),
        arguments.output,
        arguments.archive,
        arguments.overwrite,
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow()
    from ..finetuning import module_finetuning

    with json_output.keep_for_document(arguments.json):
        result = module_finetuning.finetune_module(
            output=arguments.output,
            archive=arguments.archive,
            overwrite=arguments.overwrite,
            **flags.values(arguments, options_lib.Options),
        )
        if result is None:
            printing.print_line(
                "this process has done its part: the chief writes the module"
            )
            return exit_statuses.DONE
        exported, trained = result
        status = _print_result(exported, trained)
    if arguments.json:
        json_output.print_document(
            "finetune", finetuning_document.describe(exported, trained)
        )
    return status


def _print_result(
    exported: exporter.ExportedModule, trained: trained_lib.Trained
) -> int:
    from ...evaluation import confusions
    from ...finetuning import descriptions

    accuracy = f"{trained.accuracy:.4f}"
    printing.print_line(f"accuracy on the validation photographs: {accuracy}")
    note = descriptions.describe_guessing(trained)
    if note is not None:
        printing.print_line(f"note: {note}")
    for confusion in confusions.find_most_frequent(
        trained.confusion_matrix, trained.class_names, _LARGEST_NUMBER_OF_CONFUSIONS
    ):
        printing.print_line(f"  {confusion}")
    if trained.evaluations:
        printing.print_line(
            f"the weights are those after epoch {trained.epoch} of "
            f"{trained.evaluations[-1].epoch}, which has the highest accuracy"
        )
    status = reporting.print_exported(exported)
    if trained.training_dir:
        printing.print_line(
            f"what the training needs to continue is in {trained.training_dir}: delete "
            "it if you will not continue the training"
        )
    return status
