"""A training stops when it learned something and learns no more, or nothing changes."""

from __future__ import annotations

import math

import pytest

from efficientnet_hub.finetuning import evaluations, patience


def _make(results, epochs=20) -> list[evaluations.Evaluation]:
    """Returns an evaluation for each accuracy, or accuracy and loss."""
    pairs = [each if isinstance(each, tuple) else (each, 0.1) for each in results]
    return [
        evaluations.Evaluation(epoch, 3 * epoch, epochs, accuracy, loss, None, 0.01)
        for epoch, (accuracy, loss) in enumerate(pairs, 1)
    ]


def _find_stop(results, epochs=20, first_step=0) -> int | None:
    """Returns the epoch after which a training stops early, None if none."""
    guessing = patience.evaluate_guessing([0, 1] * 3)
    chosen = patience.Patience(1, epochs, first_step, guessing)
    found = _make(results, epochs)
    for count in range(len(found) + 1):
        if chosen.explain_stop(found[:count]) is not None:
            return count
    return None


def test_it_stops_when_the_accuracy_does_not_increase():
    assert _find_stop([0.7, 0.8, 0.8]) == 3
    assert _find_stop([0.7, 0.8, 0.9, 0.7]) == 4
    assert _find_stop([0.7, 0.8, 0.9]) is None


def test_it_waits_for_as_many_epochs_as_it_is_patient():
    guessing = patience.evaluate_guessing([0, 1] * 3)
    chosen = patience.Patience(2, 20, 0, guessing)

    assert chosen.explain_stop(_make([0.7, 0.9, 0.8])) is None
    assert chosen.explain_stop(_make([0.7, 0.9, 0.8, 0.9])) == (
        "stopped early after the evaluation of epoch 4 of 20: the accuracy was not "
        "above 0.9000, that of epoch 2, for 2 epochs (--patience=2)"
    )


def test_a_network_that_still_guesses_goes_on():
    # Measured with 30 photographs: averages of batch normalization were behind.
    results = [(0.5, 12.4), (0.5, 45.2), (0.0, 37.8), (0.5, 75.9)]

    assert _find_stop(results) is None
    assert _find_stop([*results, (1.0, 0.08), (0.8, 1.1)]) == 6


def test_epochs_before_the_averages_have_caught_up_do_not_count():
    assert _find_stop([0.9, 0.8, 0.8, 0.8], first_step=9) == 4
    assert _find_stop([0.9, 0.8, 0.8, 0.8], first_step=12) is None


def test_a_network_that_does_not_change_stops():
    assert _find_stop([(0.5, 9.0), (0.5, 9.01)]) == 2
    assert _find_stop([(0.5, 9.0), (0.5, 8.0), (0.5, 7.0)]) is None


def test_the_last_epoch_is_no_early_stop():
    assert _find_stop([0.9, 0.8], epochs=2) is None


def test_evaluations_before_the_number_of_epochs_was_raised_do_not_count():
    guessing = patience.evaluate_guessing([0, 1] * 3)
    shorter = patience.Patience(1, 4, 0, guessing)
    chosen = patience.Patience(1, 8, 0, guessing)
    before = _make([0.9, 0.8], epochs=4)
    after = _make([0.9, 0.8, 0.8, 0.8], epochs=8)

    assert shorter.explain_stop(before) is not None
    assert chosen.explain_stop(before) is None
    assert chosen.explain_stop([*before, after[2]]) is None
    assert chosen.explain_stop([*before, *after[2:]]) is not None


def test_guessing_knows_how_frequent_the_classes_are():
    guessing = patience.evaluate_guessing([0] * 75 + [1] * 25)

    assert guessing.accuracy == pytest.approx(0.75 + 2 * math.sqrt(0.75 * 0.25 / 100))
    assert guessing.loss == pytest.approx(
        -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    )
