"""Tests fine-tuning, from a module and a folder of photographs to the new module."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import shutil
import signal
import time

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors, progress_bars
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import (
    exporter,
    module_configuration,
    module_finetuning,
    runner,
)
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.finetuning import (
    batches,
    epoch_reporter,
    recorded_photographs,
    softmax_regression,
)
from efficientnet_hub.photographs import checking, labeled, splitting

_VARIANT = "efficientnet-tiny"
_OPTIONS = {"epochs": 2, "batch": 8, "augmentation": "crop"}
_FROZEN_OPTIONS = {"epochs": 20, "batch": 4, "freeze": True}
_PROGRAM = """
import sys
from efficientnet_hub.export import module_finetuning
module_finetuning.finetune_module(
    sys.argv[1], sys.argv[2], sys.argv[3], image_size=32, epochs=5, batch=4
)
"""


@pytest.fixture(scope="module", name="start")
def _start(tiny, tmp_path_factory) -> str:
    """A module of a small network, which is a variant as long as this file runs."""
    output = str(tmp_path_factory.mktemp("start") / "module")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            config_lib.VARIANTS, _VARIANT, dataclasses.replace(tiny, name=_VARIANT)
        )
        exporter.export_module(_VARIANT, "random", output)
        yield output


@pytest.fixture(scope="module", name="images")
def _images(tmp_path_factory) -> str:
    """Noisy images of two classes, which differ in their colour."""
    pil_image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for channel, name in ((0, "red"), (2, "blue")):
        (folder / name).mkdir()
        for number in range(10):
            pixels = generator.randint(0, 100, size=[32, 32, 3])
            pixels[:, :, channel] += 150
            image = pil_image.fromarray(pixels.astype(np.uint8))
            image.save(str(folder / name / f"{number}.png"))
    return str(folder)


@pytest.fixture(scope="module", name="finetuned")
def _finetuned(start, images, tmp_path_factory):
    output = str(tmp_path_factory.mktemp("finetuned") / "module")
    return module_finetuning.finetune_module(start, images, output, **_OPTIONS)


def _split(images: str) -> tuple[labeled.Photographs, labeled.Photographs]:
    checked = checking.read_folder(images, progress_bars.start_bar)
    return splitting.split(checked.photographs, 0.2, seed=0)


def _measure_accuracy(module: str, images: str, size: int) -> float:
    """Returns the fraction of held-out photographs that a module classifies right."""
    _, held_out = _split(images)
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.read_evaluation_batches(held_out, size, len(held_out.paths))
        pixels, labels = session.run(tf.data.make_one_shot_iterator(dataset).get_next())
    outputs = runner.open_module(module).run("image_classification", {"images": pixels})
    return float(np.mean(outputs["default"].argmax(1) == labels))


def test_the_module_has_the_classes_of_the_folder(finetuned):
    exported, trained = finetuned

    config = module_configuration.read(exported.directory, exported.directory)
    assert config.class_names == ["blue", "red"]
    assert config.network.image_size == 32
    assert trained.steps == 2 * (16 // 8)


def test_the_measured_accuracy_is_that_of_the_module(finetuned, images):
    exported, trained = finetuned

    accuracy = _measure_accuracy(exported.directory, images, 32)
    assert trained.accuracy == pytest.approx(accuracy)
    assert trained.confusion_matrix.sum() == 4
    assert np.trace(trained.confusion_matrix) == pytest.approx(4 * trained.accuracy)
    page = pathlib.Path(exported.card).read_text()
    on_page = re.search(r"held\s+out,.*:\s+([\d.]+)\s+%", page, re.S).group(1)
    assert float(on_page) == pytest.approx(100 * trained.accuracy, abs=0.01)


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


def test_a_finished_training_is_not_repeated(
    finetuned, start, images, tmp_path, capsys
):
    exported, once = finetuned

    _, again = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        training_dir=f"{exported.directory}.training",
        **_OPTIONS,
    )

    assert capsys.readouterr().out.splitlines() == [
        f"20 photographs of 2 classes in '{images}':",
        "  10  blue",
        "  10  red",
        "trains all of the network on 16 photographs of 2 classes, and holds out 4: "
        "4 steps of 8 images, 2 an epoch",
        "resumes at step 4 of 4",
    ]
    assert (again.steps, again.accuracy) == (once.steps, once.accuracy)


@pytest.fixture(name="forge")
def _forge(monkeypatch):
    """Returns a function that sets the accuracy of each epoch of the next training."""

    def forge(accuracies):
        describe = epoch_reporter.describe_evaluation

        def describe_forged(*arguments):
            found = describe(*arguments)
            return dataclasses.replace(found, accuracy=accuracies[found.epoch - 1])

        monkeypatch.setattr(epoch_reporter, "describe_evaluation", describe_forged)

    return forge


@pytest.fixture(name="training_dir")
def _training_dir(finetuned, tmp_path) -> pathlib.Path:
    """A copy of the folder of a training that is finished."""
    exported, _ = finetuned
    folder = tmp_path / "training"
    shutil.copytree(f"{exported.directory}.training", str(folder))
    return folder


@pytest.mark.slow
def test_the_best_weights_are_written(forge, start, images, tmp_path, entries):
    forge([0.5, 0.75, 0.75, 0.25])
    exported, trained = module_finetuning.finetune_module(
        start, images, str(tmp_path / "module"), **dict(_OPTIONS, batch=16, epochs=4)
    )

    assert (trained.epoch, trained.steps, trained.accuracy) == (3, 3, 0.75)
    assert [each.epoch for each in trained.evaluations] == [1, 2, 3, 4]
    kernel = f"{_VARIANT}/head/dense/kernel"
    written = entries(f"{exported.directory}/variables/variables")[kernel]
    best, last = (
        entries(prefix)[f"module/{kernel}/ExponentialMovingAverage"]
        for prefix in (
            trained.checkpoint,
            tf.train.latest_checkpoint(f"{exported.directory}.training"),
        )
    )
    np.testing.assert_array_equal(written, best)
    assert not np.array_equal(written, last)


@pytest.mark.slow
def test_another_run_still_writes_the_best_weights(
    forge, start, images, tmp_path, capsys
):
    options = dict(_OPTIONS, batch=16, training_dir=str(tmp_path / "training"))
    forge([0.75, 0.5, 0.25, 0.5])
    first = module_finetuning.finetune_module(
        start, images, str(tmp_path / "first"), **dict(options, epochs=2)
    )
    second = module_finetuning.finetune_module(
        start, images, str(tmp_path / "second"), **dict(options, epochs=4)
    )

    assert [trained.epoch for _, trained in (first, second)] == [1, 1]
    printed = capsys.readouterr().out
    assert "resumes at step 2 of 4" in printed
    assert "epoch 4: accuracy 0.5000, loss" in printed


def test_an_evaluation_that_was_interrupted_is_made_up_for(
    finetuned, training_dir, start, images, tmp_path, capsys
):
    _, once = finetuned
    record = training_dir / "evaluations.json"
    evaluations = json.loads(record.read_text())
    record.write_text(json.dumps({"evaluations": evaluations["evaluations"][:1]}))

    _, again = module_finetuning.finetune_module(
        start, images, str(tmp_path / "m"), training_dir=str(training_dir), **_OPTIONS
    )

    assert "epoch 2: accuracy" in capsys.readouterr().out
    assert again.evaluations == once.evaluations


def test_fewer_epochs_than_are_done_are_refused(training_dir, start, images, tmp_path):
    with pytest.raises(
        errors.InputError, match="epochs must be at least 2, .* found 1"
    ):
        module_finetuning.finetune_module(
            start,
            images,
            str(tmp_path / "module"),
            training_dir=str(training_dir),
            **dict(_OPTIONS, epochs=1),
        )


@pytest.mark.parametrize("freeze", [pytest.param(False, marks=pytest.mark.slow), True])
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
        entries(f"{directory}/variables/variables")[f"{_VARIANT}/head/dense/kernel"]
        for directory in (exported.directory, again.directory)
    )
    np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_a_training_that_stops_early_says_why(forge, start, images, tmp_path, capsys):
    # Guessing has an accuracy of 0.5.
    forge([0.5, 0.5, 0.5, 1.0, 0.75, 0.75, 0.75, 0.75, 0.75])
    options = dict(_OPTIONS, batch=16, epochs=8, patience=2, warm_up_epochs=0)
    options["training_dir"] = str(tmp_path / "training")
    sentence = (
        "stopped early after the evaluation of epoch 6 of 8: the accuracy was not "
        "above 1.0000, that of epoch 4, for 2 epochs (--patience=2)"
    )

    _, once = module_finetuning.finetune_module(
        start, images, str(tmp_path / "once"), **options
    )
    printed = capsys.readouterr().out
    _, again = module_finetuning.finetune_module(
        start, images, str(tmp_path / "again"), **options
    )

    assert (once.epoch, once.stopped_early) == (4, sentence)
    assert sentence in printed.splitlines()
    # The same command trains no further.
    assert again.evaluations == once.evaluations
    assert sentence in capsys.readouterr().out.splitlines()
    # More epochs do.
    _, longer = module_finetuning.finetune_module(
        start, images, str(tmp_path / "longer"), **dict(options, epochs=9)
    )
    assert [each.epoch for each in longer.evaluations[6:]] == [7, 8, 9]


@pytest.mark.slow
def test_patience_ends_a_training_that_does_not_improve(start, images, tmp_path):
    _, trained = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        patience=1,
        epochs=8,
        batch=16,
        learning_rate=0.0,
        augmentation="none",
    )

    assert 2 <= trained.steps < 8


@pytest.mark.slow
def test_two_trainings_give_the_same_weights_and_another_seed_others(
    start, images, tmp_path, entries
):
    def train(name, seed):
        options = dict(_OPTIONS, augmentation="crop-and-flip", seed=seed)
        output = str(tmp_path / name)
        exported, _ = module_finetuning.finetune_module(
            start, images, output, **options
        )
        return entries(f"{exported.directory}/variables/variables")

    first, second, other = train("first", 7), train("second", 7), train("other", 8)

    assert [n for n in first if not np.array_equal(first[n], second[n])] == []
    kernels = [name for name in first if name.endswith("kernel")]
    assert [n for n in kernels if np.array_equal(first[n], other[n])] == []


def test_the_record_has_what_must_be_the_same(finetuned, images):
    exported, _ = finetuned

    record = pathlib.Path(f"{exported.directory}.training") / "training.json"
    assert json.loads(record.read_text()) == {
        "augmentation": "crop",
        "batch": 8,
        "epochs": 2,
        "held_out": 0.2,
        "image_size": 32,
        "learning_rate": 0.02,
        "patience": None,
        "photographs": recorded_photographs.compute_digest(
            recorded_photographs.read(
                str(record.with_name("photographs.jsonl"))
            ).entries
        ),
        "seed": 0,
        "warm_up_epochs": 0.5,
    }


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ({"image_size": 64}, "image_size was 32, now 64"),
        ({"held_out": 0.5}, "held_out was 0.2, now 0.5"),
        ({"seed": 1}, "seed was 0, now 1"),
    ],
)
def test_another_training_does_not_resume(
    options, difference, finetuned, start, images, tmp_path
):
    exported, _ = finetuned

    with pytest.raises(errors.InputError, match=f"another training .*{difference}"):
        module_finetuning.finetune_module(
            start,
            images,
            str(tmp_path / "module"),
            training_dir=f"{exported.directory}.training",
            **dict(_OPTIONS, **options),
        )


def test_other_photographs_are_another_training(finetuned, start, images, tmp_path):
    exported, _ = finetuned
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    (folder / "red" / "0.png").rename(folder / "blue" / "more.png")

    with pytest.raises(errors.InputError, match="another training .*photographs"):
        module_finetuning.finetune_module(
            start,
            str(folder),
            str(tmp_path / "module"),
            training_dir=f"{exported.directory}.training",
            **_OPTIONS,
        )


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


@pytest.fixture(name="damaged_images")
def _damaged_images(images, tmp_path) -> pathlib.Path:
    """A copy of the photographs, one of which is cut off, and one is empty."""
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    whole = (folder / "red" / "3.png").read_bytes()
    (folder / "red" / "3.png").write_bytes(whole[:200])
    (folder / "blue" / "4.png").write_bytes(b"")
    return folder


def test_all_damaged_photographs_are_named_before_anything_is_written(
    start, damaged_images, tmp_path
):
    output = str(tmp_path / "module")

    with pytest.raises(errors.SeveralMistakesError) as caught:
        module_finetuning.finetune_module(start, str(damaged_images), output)

    first, second = caught.value.messages
    assert "blue/4.png" in first and "an empty file" in first
    assert "red/3.png" in second and "is the file damaged" in second
    assert list(tmp_path.iterdir()) == [damaged_images]


def test_damaged_photographs_are_skipped_if_one_says_so(
    start, damaged_images, tmp_path, capsys
):
    output = str(tmp_path / "module")

    module_finetuning.finetune_module(
        start, str(damaged_images), output, skip_damaged=True, **_FROZEN_OPTIONS
    )

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "left out: 2 files that cannot be read"
    assert "blue/4.png" in lines[1] and "red/3.png" in lines[2]
    assert lines[3].startswith("18 photographs of 2 classes in ")


def test_a_photograph_that_is_damaged_during_the_training_is_named(
    start, images, tmp_path, monkeypatch
):
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    train = module_finetuning._train

    def damage_and_train(training):
        (folder / "red" / "3.png").write_bytes(b"")
        return train(training)

    monkeypatch.setattr(module_finetuning, "_train", damage_and_train)

    with pytest.raises(errors.InputError, match="red/3.png.*an empty file"):
        module_finetuning.finetune_module(
            start, str(folder), str(tmp_path / "module"), **_FROZEN_OPTIONS
        )


def _train_on(start, folder, tmp_path, **options):
    return module_finetuning.finetune_module(
        start,
        str(folder),
        str(tmp_path / "module"),
        overwrite=True,
        **dict(_OPTIONS, **options),
    )


@pytest.mark.slow
def test_a_training_goes_on_after_a_damaged_photograph_is_replaced(
    start, images, tmp_path, capsys
):
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    _train_on(start, folder, tmp_path)
    damaged = folder / "red" / "3.png"
    damaged.write_bytes(damaged.read_bytes()[:-50])

    with pytest.raises(errors.InputError, match="red/3.png"):
        _train_on(start, folder, tmp_path)
    _train_on(start, folder, tmp_path, skip_damaged=True)
    shutil.copy(str(folder / "red" / "4.png"), str(damaged))
    with damaged.open("ab") as file:
        file.write(b"another content")
    _train_on(start, folder, tmp_path)
    damaged.unlink()
    _train_on(start, folder, tmp_path)

    lines = capsys.readouterr().out.splitlines()
    assert lines.count("resumes at step 4 of 4") == 3


@pytest.fixture(name="sides")
def _sides(images, tmp_path) -> pathlib.Path:
    """The photographs in `train` and `val`."""
    folder = tmp_path / "sides"
    shutil.copytree(images, str(folder / "train"))
    for name in ("red", "blue"):
        (folder / "val" / name).mkdir(parents=True)
        for number in range(3):
            source = folder / "train" / name / f"{number}.png"
            source.rename(folder / "val" / name / f"{number}.png")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("is_given", [False, True])
def test_a_split_of_ones_own_is_used(is_given, start, sides, tmp_path, capsys):
    images, options = str(sides), {}
    if is_given:
        images, options = f"{sides}/train", {"validation_images": f"{sides}/val"}

    _, trained = module_finetuning.finetune_module(
        start, images, str(tmp_path / "module"), **_FROZEN_OPTIONS, **options
    )

    assert trained.confusion_matrix.sum() == 6
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("trains the classifier alone on 14") for line in lines)
    assert is_given or lines[0].startswith("note: trains with 'train' and evaluates")


def test_a_fraction_beside_a_split_of_ones_own_is_refused(start, sides, tmp_path):
    with pytest.raises(errors.InputError, match="held_out must not be given with"):
        module_finetuning.finetune_module(
            start, str(sides), str(tmp_path / "module"), held_out=0.2
        )
    assert list(tmp_path.iterdir()) == [sides]


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        pytest.param(
            {"learning_rate": 1e30, "warm_up_epochs": 0, "epochs": 3, "batch": 4},
            "lower --learning_rate, which is 1e+30, or raise --warm_up_epochs",
            marks=pytest.mark.slow,
        ),
        (
            dict(_FROZEN_OPTIONS, learning_rate=1e38, warm_up_epochs=0),
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


# Training the classifier alone.


@pytest.fixture(scope="module", name="frozen")
def _frozen(start, images, tmp_path_factory):
    output = str(tmp_path_factory.mktemp("frozen") / "module")
    return module_finetuning.finetune_module(start, images, output, **_FROZEN_OPTIONS)


@pytest.fixture(name="training_without_features")
def _training_without_features(frozen, tmp_path) -> str:
    """A training folder whose saved features are all 0."""
    exported, _ = frozen
    folder = tmp_path / "training"
    shutil.copytree(f"{exported.directory}.training", str(folder))
    (features,) = folder.glob("features-*.npy")
    np.save(str(features), np.zeros_like(np.load(str(features))))
    return str(folder)


def test_with_freeze_only_the_classifier_changes(frozen, start, entries):
    exported, trained = frozen

    before, after = (
        entries(f"{directory}/variables/variables")
        for directory in (start, exported.directory)
    )
    for name, value in after.items():
        if "/head/dense/" not in name:
            np.testing.assert_array_equal(value, before[name], err_msg=name)
    # Even the features of a random network separate the two colours.
    assert trained.accuracy == 1.0
    assert "the classifier alone" in pathlib.Path(exported.card).read_text()


def test_with_freeze_the_measured_accuracy_is_that_of_the_module(frozen, images):
    exported, trained = frozen

    accuracy = _measure_accuracy(exported.directory, images, 32)
    assert trained.accuracy == pytest.approx(accuracy)


def test_saved_features_are_used_again(
    training_without_features, start, images, tmp_path
):
    _, trained = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        training_dir=training_without_features,
        **_FROZEN_OPTIONS,
    )

    # Equal features give equal predictions, so only one of two classes is right.
    assert trained.accuracy == 0.5


@pytest.mark.slow
def test_with_freeze_the_best_weights_are_written(start, images, tmp_path, monkeypatch):
    accuracies = iter([0.25, 1.0, 1.0, 0.5])

    def classify(self, features, labels):
        right = round(2 * next(accuracies))
        return np.array([[right, 2 - right], [2 - right, right]]), 0.5

    monkeypatch.setattr(softmax_regression.Classifier, "classify", classify)
    _, trained = module_finetuning.finetune_module(
        start, images, str(tmp_path / "module"), **dict(_FROZEN_OPTIONS, epochs=4)
    )

    assert (trained.epoch, trained.steps, trained.accuracy) == (3, 12, 1.0)


def test_features_that_are_not_finite_are_no_divergence(
    training_without_features, start, images, tmp_path
):
    (features,) = pathlib.Path(training_without_features).glob("features-*.npy")
    np.save(str(features), np.full_like(np.load(str(features)), np.nan))

    with pytest.raises(errors.InputError, match="must have finite features"):
        module_finetuning.finetune_module(
            start,
            images,
            str(tmp_path / "module"),
            training_dir=training_without_features,
            **_FROZEN_OPTIONS,
        )


def test_features_of_other_photographs_are_computed(
    training_without_features, start, images, tmp_path
):
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    shutil.copy(str(folder / "red" / "0.png"), str(folder / "red" / "copy.png"))

    _, trained = module_finetuning.finetune_module(
        start,
        str(folder),
        str(tmp_path / "module"),
        training_dir=training_without_features,
        **_FROZEN_OPTIONS,
    )

    assert trained.accuracy == 1.0


def _names_checkpoint(training: pathlib.Path, name: str) -> bool:
    """Whether the newest checkpoint of a training has a name."""
    state = training / "checkpoint"
    return state.exists() and f'model_checkpoint_path: "{name}"' in state.read_text()


@pytest.mark.slow
def test_a_killed_training_resumes(lite0, images, start_python, tmp_path, capsys):
    output = str(tmp_path / "module")
    training = pathlib.Path(f"{output}.training")
    process = start_python(_PROGRAM, lite0.directory, images, output)
    while not _names_checkpoint(training, "model.ckpt-8"):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    _, trained = module_finetuning.finetune_module(
        lite0.directory, images, output, image_size=32, epochs=5, batch=4
    )

    printed = capsys.readouterr().out
    assert re.search("resumes at step (8|12) of 20", printed)
    assert "epoch 1:" not in printed
    assert "epoch 5:" in printed
    # The evaluations before the kill count too.
    assert [each.step for each in trained.evaluations] == [4, 8, 12, 16, 20]
    best = max(trained.evaluations, key=lambda each: (each.accuracy, each.step))
    assert (trained.steps, trained.accuracy) == (best.step, best.accuracy)


# Real images: scikit-learn's digits, and a network that was trained on ImageNet.


@pytest.mark.slow
def test_the_network_learns_digits(digits, lite0, tmp_path):
    output = str(tmp_path / "module")

    exported, trained = module_finetuning.finetune_module(
        lite0.directory, digits, output, image_size=64, epochs=3, augmentation="none"
    )

    assert trained.accuracy >= 0.97
    accuracy = _measure_accuracy(exported.directory, digits, 64)
    assert accuracy == pytest.approx(trained.accuracy)
    report = verifier.verify_module(exported.directory, strict=True)
    assert report.passed, str(report)
    page = pathlib.Path(exported.card).read_text()
    assert "fine-tuned from efficientnet-lite0-57934424.pth of the PyPI package" in page


@pytest.mark.slow
def test_the_classifier_alone_learns_digits(digits, lite0, tmp_path):
    output = str(tmp_path / "module")

    _, trained = module_finetuning.finetune_module(
        lite0.directory, digits, output, image_size=128, freeze=True
    )

    assert trained.accuracy >= 0.93
