"""The evaluations of a training are recorded, and the best one is found."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.finetuning import evaluations


def _make(epoch: int, accuracy: float, loss: float = 0.5) -> evaluations.Evaluation:
    return evaluations.Evaluation(
        epoch=epoch,
        step=10 * epoch,
        epochs=5,
        accuracy=accuracy,
        loss=loss,
        training_loss=0.25,
        learning_rate=0.0123456,
    )


def test_the_best_is_the_last_one_of_the_highest_accuracy():
    found = [_make(1, 0.5), _make(2, 0.9), _make(3, 0.9), _make(4, 0.8)]

    assert [e.epoch for e in evaluations.sort_best_first(found)] == [3, 2, 4, 1]


def test_of_equal_accuracies_the_lowest_loss_is_the_best():
    found = [_make(1, 0.9, 0.6), _make(2, 0.9, 0.4), _make(3, 0.9, 0.7), _make(4, 0.8)]

    assert [e.epoch for e in evaluations.sort_best_first(found)] == [2, 1, 3, 4]


def test_a_line_has_the_accuracy_the_losses_and_the_learning_rate():
    assert str(_make(2, 0.75)) == (
        "epoch 2: accuracy 0.7500, loss 0.5000, training loss 0.2500, "
        "learning rate 0.0123"
    )


def test_another_run_reads_the_evaluations(tmp_path):
    history = evaluations.History(str(tmp_path))
    for epoch in (1, 2, 3):
        history.add(_make(epoch, 0.5))

    assert evaluations.read(str(tmp_path)) == [_make(epoch, 0.5) for epoch in (1, 2, 3)]


def test_evaluations_of_checkpoints_that_are_lost_are_forgotten(tmp_path):
    history = evaluations.History(str(tmp_path))
    for epoch in (1, 2, 3):
        history.add(_make(epoch, 0.5))

    evaluations.History(str(tmp_path)).forget_after(20)

    assert [e.epoch for e in evaluations.read(str(tmp_path))] == [1, 2]


def test_a_step_is_evaluated_once(tmp_path):
    history = evaluations.History(str(tmp_path))
    for accuracy in (0.5, 0.6):
        history.add(_make(1, accuracy))

    assert [e.accuracy for e in evaluations.read(str(tmp_path))] == [0.6]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"evaluations": [1]}', '{"evaluations": [{"epoch": "1"}]}'],
)
def test_a_damaged_record_is_refused(content, tmp_path):
    (tmp_path / "evaluations.json").write_text(content)

    with pytest.raises(errors.InputError, match="evaluations.json' must be the record"):
        evaluations.read(str(tmp_path))
