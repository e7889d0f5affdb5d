"""Tests that `finetune` passes its flags on, and what it prints."""

from __future__ import annotations

import argparse

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import exporter
from efficientnet_hub.export.commands import finetune, main
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.finetuning import trained as trained_lib

# For each flag a value that is not the default.
_VALUES = {
    "module": "start",
    "images": "photographs",
    "output": "module",
    "training_dir": "training",
    "epochs": 3,
    "batch": 8,
    "image_size": 64,
    "learning_rate": 0.1,
    "warm_up_epochs": 1.5,
    "patience": 2,
    "augmentation": "crop",
    "held_out": 0.3,
    "validation_images": "validation",
    "skip_damaged": True,
    "seed": 4,
    "freeze": True,
    "archive": "module.tar.gz",
    "overwrite": True,
    "json": True,
}
# What the command does with the result.
_OF_THE_COMMAND = {"json"}


def _list_flags() -> list[argparse.Action]:
    commands = argparse.ArgumentParser().add_subparsers()
    finetune.add(commands)
    actions = commands.choices["finetune"]._actions
    return [action for action in actions if action.dest != "help"]


def _format_flag(action: argparse.Action) -> str:
    value = _VALUES[action.dest]
    assert value != action.default
    return f"--{action.dest}" if action.nargs == 0 else f"--{action.dest}={value}"


@pytest.fixture(name="received")
def _received(monkeypatch) -> dict[str, object]:
    """The arguments of the training that the command starts."""
    received = {}

    def finetune_module(**options):
        received.update(options)
        raise errors.InputError("nothing is trained")

    monkeypatch.setattr(module_finetuning, "finetune_module", finetune_module)
    return received


def test_every_flag_reaches_the_training(received, capsys):
    flags = [_format_flag(action) for action in _list_flags()]

    assert main.main(main.parse(["efficientnet-hub", "finetune", *flags])) == 2

    assert received == {
        name: value for name, value in _VALUES.items() if name not in _OF_THE_COMMAND
    }
    assert capsys.readouterr().err == "efficientnet-hub: error: nothing is trained\n"


def test_the_defaults_reach_the_training(received):
    main.main(main.parse(["", "finetune", "--module=a", "--images=b", "--output=c"]))

    defaults = {
        action.dest: action.default
        for action in _list_flags()
        if action.dest not in _OF_THE_COMMAND
    }
    assert received == dict(defaults, module="a", images="b", output="c")


@pytest.fixture(name="print_result")
def _print_result(monkeypatch, capsys):
    """Returns a function that prints the result of a training; returns the lines."""

    def print_result(matrix: list[list[int]]) -> list[str]:
        exported = exporter.ExportedModule("module", "card", None, [], None)
        counts = np.array(matrix)
        accuracy = counts.trace() / counts.sum()
        names = ["cat", "dog", "fox"][: len(matrix)]
        trained = trained_lib.Trained("model.ckpt-8", 8, accuracy, counts, names)
        monkeypatch.setattr(
            module_finetuning, "finetune_module", lambda **_: (exported, trained)
        )
        flags = ["--module=a", "--images=b", "--output=c"]
        main.main(main.parse(["", "finetune", *flags]))
        return capsys.readouterr().out.splitlines()

    return print_result


def test_the_most_frequent_confusions_are_printed(print_result):
    assert print_result([[8, 2], [0, 9]])[:2] == [
        "accuracy on the validation photographs: 0.8947",
        "  cat, taken for dog: 2 of 10",
    ]


@pytest.mark.parametrize(
    ("matrix", "answer"),
    [
        ([[0, 5], [0, 5]], "'cat', which is right for 5 of 10 photographs"),
        ([[1, 3, 0], [1, 1, 0], [4, 1, 3]], "'fox', which is right for 8 of 14 photo"),
    ],
)
def test_a_note_says_that_a_module_is_no_better_than_guessing(
    matrix, answer, print_result
):
    note = print_result(matrix)[1]

    assert note.startswith(
        f"note: the module is no better than always answering {answer}"
    )


def test_no_note_is_printed_if_one_more_is_right(print_result):
    assert not any("note:" in line for line in print_result([[1, 4], [0, 5]]))
