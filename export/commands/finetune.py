"""`efficientnet-hub finetune`: fine-tunes a module on photographs."""

from __future__ import annotations

import argparse

from ...finetuning import options as options_lib
from .. import options
from . import exit_statuses, flags, help_texts, printing, quiet_import, reporting

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
    from ...evaluation import confusions
    from .. import module_finetuning

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
    printing.print_line(f"accuracy on the photographs held out: {trained.accuracy:.4f}")
    for confusion in confusions.find_most_frequent(
        trained.confusion_matrix, trained.class_names, _LARGEST_NUMBER_OF_CONFUSIONS
    ):
        printing.print_line(f"  {confusion}")
    return reporting.print_exported(exported)
