"""A fine-tuned module: its classes, its accuracy, its page, and what is refused."""

from __future__ import annotations

import pathlib
import re

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import module_configuration
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.tests.export.finetuning import trainings


def test_the_module_has_the_classes_of_the_folder(finetuned):
    exported, trained = finetuned

    config = module_configuration.read(exported.directory, exported.directory)
    assert config.class_names == ["blue", "red"]
    assert config.network.image_size == 32
    assert [each.step for each in trained.evaluations] == [2, 4]


def test_the_measured_accuracy_is_that_of_the_module(finetuned, images):
    exported, trained = finetuned

    accuracy = trainings.measure_accuracy(exported.directory, images, 32)
    assert trained.accuracy == pytest.approx(accuracy)
    assert trained.confusion_matrix.sum() == 4
    assert np.trace(trained.confusion_matrix) == pytest.approx(4 * trained.accuracy)
    page = pathlib.Path(exported.card).read_text()
    on_page = re.search(r"held\s+out,.*:\s+([\d.]+)\s+%", page, re.S).group(1)
    assert float(on_page) == pytest.approx(100 * trained.accuracy, abs=0.01)


@pytest.mark.slow
def test_the_measured_loss_is_the_mean_over_the_photographs(start, images, tmp_path):
    # The four that are held out are evaluated in batches of three and one.
    exported, trained = module_finetuning.finetune_module(
        start, images, str(tmp_path / "module"), epochs=1, batch=3
    )

    loss = trainings.measure_cross_entropy(exported.directory, images, 32)
    assert trained.evaluations[-1].loss == pytest.approx(loss, rel=1e-4)


def test_the_page_has_the_confusions(finetuned):
    exported, trained = finetuned

    first, second = trained.confusion_matrix[0]
    row = f"| blue | {first} | {second} |"
    assert row in pathlib.Path(exported.card).read_text().splitlines()


def test_the_module_names_its_start_and_the_license_of_its_start(finetuned):
    exported, _ = finetuned

    directory = exported.directory
    weights = module_configuration.read(directory, directory).provenance
    start = "fine-tuned from initial values of seed 0"
    assert weights.source.endswith(start)
    assert (weights.license, weights.descended) == ("Apache-2.0", True)
    page = pathlib.Path(exported.card).read_text()
    assert start in page
    assert "License of the weights that it started from: Apache-2.0" in page


def test_training_updates_the_moving_averages_of_batch_normalization(
    finetuned, start, entries
):
    exported, _ = finetuned

    before, after = (
        entries(f"{directory}/variables/variables")
        for directory in (start, exported.directory)
    )
    averages = [name for name in after if "/moving_" in name]
    assert averages
    for name in averages:
        assert not np.array_equal(after[name], before[name]), name


@pytest.mark.slow
@pytest.mark.parametrize("freeze", [False, True])
def test_a_start_of_the_same_classes_keeps_its_classifier(
    freeze, finetuned, images, tmp_path, entries, capsys
):
    exported, _ = finetuned

    again, _ = module_finetuning.finetune_module(
        exported.directory,
        images,
        str(tmp_path / "module"),
        learning_rate=0.0,
        epochs=1,
        batch=16,
        freeze=freeze,
    )

    assert "keeps its classifier of the same classes" in capsys.readouterr().out
    before, after = (
        entries(f"{directory}/variables/variables")[
            f"{trainings.VARIANT}/head/dense/kernel"
        ]
        for directory in (exported.directory, again.directory)
    )
    np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_two_trainings_give_the_same_weights_and_another_seed_others(
    start, images, tmp_path, entries
):
    def train(name, seed):
        options = dict(trainings.OPTIONS, augmentation="crop-and-flip", seed=seed)
        output = str(tmp_path / name)
        exported, _ = module_finetuning.finetune_module(
            start, images, output, **options
        )
        return entries(f"{exported.directory}/variables/variables")

    first, second, other = train("first", 7), train("second", 7), train("other", 8)

    assert [n for n in first if not np.array_equal(first[n], second[n])] == []
    kernels = [name for name in first if name.endswith("kernel")]
    assert [n for n in kernels if np.array_equal(first[n], other[n])] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch": 17}, "a batch of 17 photographs to train with, found 16"),
        ({"held_out": 1.5}, "held_out must be between 0 and 1"),
        ({"epochs": 0}, "epochs must be"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"augmentation": "mixup"}, "augmentation must be one of"),
    ],
)
def test_invalid_options_are_refused(options, sentence, start, images, tmp_path):
    with pytest.raises(errors.InputError, match=sentence):
        module_finetuning.finetune_module(
            start, images, str(tmp_path / "module"), **options
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        pytest.param(
            {"learning_rate": 1e30, "warm_up_epochs": 0, "epochs": 3, "batch": 4},
            "lower --learning_rate, which is 1e+30, or raise --warm_up_epochs",
            marks=pytest.mark.slow,
        ),
        (
            dict(trainings.FROZEN_OPTIONS, learning_rate=1e38, warm_up_epochs=0),
            "lower --learning_rate, which is 1e+38",
        ),
    ],
    ids=["network", "classifier"],
)
def test_a_training_that_diverges_says_what_to_lower(
    options, cure, start, images, tmp_path
):
    output = str(tmp_path / "module")

    with pytest.raises(errors.InputError) as caught:
        module_finetuning.finetune_module(start, images, output, **options)

    assert "finite loss, found that it diverges: " + cure in str(caught.value)
    assert not (tmp_path / "module").exists()


def test_an_existing_output_is_refused_before_the_training(start, images, tmp_path):
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "mine.txt").write_text("")

    with pytest.raises(errors.InputError):
        module_finetuning.finetune_module(start, images, str(tmp_path / "module"))
    assert [path.name for path in tmp_path.iterdir()] == ["module"]


def test_the_start_is_not_overwritten(start, images, contents):
    before = contents(start)

    with pytest.raises(errors.InputError, match="must lie apart from the module"):
        module_finetuning.finetune_module(start, images, start, overwrite=True)
    assert contents(start) == before
    assert not pathlib.Path(f"{start}.training").exists()


@pytest.mark.parametrize("name", ["start", "output"])
def test_a_training_folder_in_a_module_is_refused(name, start, images, tmp_path):
    output = str(tmp_path / "module")
    module = {"start": start, "output": output}[name]

    with pytest.raises(errors.InputError, match="must lie outside the module"):
        module_finetuning.finetune_module(start, images, output, training_dir=module)
    assert list(tmp_path.iterdir()) == []
