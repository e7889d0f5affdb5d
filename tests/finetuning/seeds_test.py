"""Processes and resumed runs of a training have seeds of their own."""

from __future__ import annotations

import itertools

from efficientnet_hub.finetuning import seeds


def test_each_argument_changes_the_seed():
    found = {
        seeds.choose_seed(*arguments)
        for arguments in itertools.product((0, 1, 7), (0, 1), (0, 1, 40))
    }

    assert len(found) == 18
    assert all(1 <= seed < 2**31 for seed in found)


def test_the_same_arguments_give_the_same_seed():
    assert seeds.choose_seed(0, 0, 0) == seeds.choose_seed(0, 0, 0) == 1341872116
