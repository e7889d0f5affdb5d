"""From a module and a folder of photographs to the module of a trained network."""

from __future__ import annotations

import pathlib
import re
import shutil
import signal
import time

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.builder import training_step
from efficientnet_hub.export import exporter, module_finetuning, repackaging, runner
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.finetuning import batches, head, photographs

_OPTIONS = {"epochs": 2, "batch": 4, "augmentation": "crop"}
_PROGRAM = """
import sys
from efficientnet_hub.export import finetuned
finetuned.finetune_module(sys.argv[1], sys.argv[2], sys.argv[3], epochs=5, batch=4)
"""


@pytest.fixture(scope="module", name="start")
def _start(tmp_path_factory) -> str:
    output = str(tmp_path_factory.mktemp("start") / "module")
    exporter.export_module("efficientnet-lite0", "random", output, image_size=32)
    return output


@pytest.fixture(scope="module", name="images")
def _images(tmp_path_factory) -> str:
    """Noisy images, of which some are bright at the left and some at the right."""
    pil_image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for name in ("left", "right"):
        (folder / name).mkdir()
        for number in range(10):
            pixels = generator.randint(0, 100, size=[32, 32, 3])
            pixels[:, :16] += 150 * (name == "left")
            pixels[:, 16:] += 150 * (name == "right")
            image = pil_image.fromarray(pixels.astype(np.uint8))
            image.save(str(folder / name / ("%d.png" % number)))
    return str(folder)


@pytest.fixture(scope="module", name="finetuned_once")
def _finetuned_once(start, images, tmp_path_factory):
    output = str(tmp_path_factory.mktemp("finetuned") / "module")
    return module_finetuning.finetune_module(start, images, output, **_OPTIONS)


def _accuracy(module: str, images: str, size: int) -> float:
    """Part of the photographs held out that the module itself classifies rightly."""
    _, held_out = photographs.split(photographs.read_folder(images), 0.2)
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = batches.to_evaluate_with(held_out, size, len(held_out.paths))
        pixels, labels = session.run(tf.data.make_one_shot_iterator(dataset).get_next())
    outputs = runner.open_module(module).run("image_classification", {"images": pixels})
    return float(np.mean(outputs["default"].argmax(1) == labels))


def test_the_module_is_of_the_folders_classes(finetuned_once):
    exported, trained = finetuned_once

    config = repackaging.read_config(exported.directory, exported.directory)
    assert config.class_names == ["left", "right"]
    assert config.network.image_size == 32
    assert trained.steps == 2 * (16 // 4)


def test_the_measured_accuracy_is_the_modules(finetuned_once, images):
    exported, trained = finetuned_once

    assert trained.accuracy == pytest.approx(_accuracy(exported.directory, images, 32))
    assert trained.confusion_matrix.sum() == 4
    assert np.trace(trained.confusion_matrix) == pytest.approx(4 * trained.accuracy)
    page = pathlib.Path(exported.card).read_text()
    told = re.search(r"held\s+out,.*:\s+([\d.]+)\s+%", page, re.S).group(1)
    assert float(told) == pytest.approx(100 * trained.accuracy, abs=0.01)


def test_its_page_has_the_confusions(finetuned_once):
    exported, trained = finetuned_once

    row = "| left | %d | %d |" % tuple(trained.confusion_matrix[0])
    assert row in pathlib.Path(exported.card).read_text().splitlines()


def test_what_it_was_fine_tuned_from_is_told_with_its_license(finetuned_once):
    exported, _ = finetuned_once

    directory = exported.directory
    weights = repackaging.read_config(directory, directory).provenance
    start = "fine-tuned from initial values of seed 0"
    assert weights.source.endswith(start)
    assert (weights.license, weights.descended) == ("Apache-2.0", True)
    page = pathlib.Path(exported.card).read_text()
    assert start in page
    assert "License of the weights that it started from: Apache-2.0" in page


def test_a_training_that_is_done_is_not_done_again(
    finetuned_once, start, images, tmp_path, capsys
):
    exported, once = finetuned_once

    _, again = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        training_dir=exported.directory + ".training",
        **_OPTIONS,
    )

    assert capsys.readouterr().out.splitlines() == [
        "trains all of the network on 16 photographs of 2 classes, and holds out 4: "
        "8 steps of 4 images, 4 an epoch",
        "goes on from step 8 of 8",
    ]
    assert (again.steps, again.accuracy) == (once.steps, once.accuracy)


def test_patience_ends_a_training_that_gets_no_better(start, images, tmp_path):
    options = {"epochs": 8, "batch": 8, "learning_rate": 0.0, "augmentation": "none"}

    _, trained = module_finetuning.finetune_module(
        start, images, str(tmp_path / "module"), patience=1, **options
    )

    assert 2 <= trained.steps < 8 * 2


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ({"epochs": 3}, "epochs was 2, now 3"),
        ({"image_size": 64}, "image_size was 32, now 64"),
        ({"held_out": 0.5}, "held_out was 0.2, now 0.5"),
        ({"seed": 1}, "seed was 0, now 1"),
    ],
)
def test_another_training_is_not_gone_on_with(
    options, difference, finetuned_once, start, images, tmp_path
):
    exported, _ = finetuned_once

    with pytest.raises(errors.InputError, match="another training .*" + difference):
        module_finetuning.finetune_module(
            start,
            images,
            str(tmp_path / "module"),
            training_dir=exported.directory + ".training",
            **dict(_OPTIONS, **options),
        )


def test_other_photographs_are_another_training(
    finetuned_once, start, images, tmp_path
):
    exported, _ = finetuned_once
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    (folder / "left" / "0.png").rename(folder / "right" / "more.png")

    with pytest.raises(errors.InputError, match="another training .*photographs"):
        module_finetuning.finetune_module(
            start,
            str(folder),
            str(tmp_path / "module"),
            training_dir=exported.directory + ".training",
            **_OPTIONS,
        )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch": 17}, "a batch of 17 photographs to train with, found 16"),
        ({"held_out": 1.5}, "between 0 and 1"),
        ({"epochs": 0}, "epochs must be"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"augmentation": "mixup"}, "augmentation must be one of"),
    ],
)
def test_what_makes_no_training_is_refused(options, sentence, start, images, tmp_path):
    with pytest.raises(errors.InputError, match=sentence):
        module_finetuning.finetune_module(
            start, images, str(tmp_path / "module"), **options
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("freeze", [False, True])
def test_a_damaged_photograph_is_named(freeze, start, images, tmp_path):
    folder = str(tmp_path / "images")
    shutil.copytree(images, folder)
    damaged = pathlib.Path(folder) / "left" / "3.png"
    damaged.write_bytes(damaged.read_bytes()[:200])

    with pytest.raises(errors.InputError, match="left/3.png.*is the file damaged"):
        module_finetuning.finetune_module(
            start, folder, str(tmp_path / "module"), batch=4, freeze=freeze
        )
    assert not (tmp_path / "module").exists()


def test_what_is_there_already_is_refused_before_the_training(start, images, tmp_path):
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "mine.txt").write_text("")

    with pytest.raises(errors.InputError):
        module_finetuning.finetune_module(start, images, str(tmp_path / "module"))
    assert [path.name for path in tmp_path.iterdir()] == ["module"]


def test_the_module_to_begin_with_is_not_replaced(start, images, contents):
    before = contents(start)

    with pytest.raises(errors.InputError, match="must lie apart from the module"):
        module_finetuning.finetune_module(start, images, start, overwrite=True)
    assert contents(start) == before
    assert not pathlib.Path(start + ".training").exists()


@pytest.mark.parametrize("name", ["start", "output"])
def test_a_training_leaves_nothing_in_a_module(name, start, images, tmp_path):
    output = str(tmp_path / "module")
    module = {"start": start, "output": output}[name]

    with pytest.raises(errors.InputError, match="must lie outside the module"):
        module_finetuning.finetune_module(start, images, output, training_dir=module)
    assert list(tmp_path.iterdir()) == []


# The classifier alone.


@pytest.fixture(scope="module", name="frozen_once")
def _frozen_once(start, images, tmp_path_factory):
    output = str(tmp_path_factory.mktemp("frozen") / "module")
    options = {"epochs": 20, "batch": 4, "freeze": True}
    return module_finetuning.finetune_module(start, images, output, **options)


def test_frozen_only_the_classifier_learns(frozen_once, start, entries):
    exported, trained = frozen_once

    before, after = (
        entries(directory + "/variables/variables")
        for directory in (start, exported.directory)
    )
    for name, value in after.items():
        if "/head/dense/" not in name:
            np.testing.assert_array_equal(value, before[name], err_msg=name)
    # Bright at the left or at the right: easy by any features.
    assert trained.accuracy == 1.0
    assert "the classifier alone" in pathlib.Path(exported.card).read_text()


def test_frozen_the_measured_accuracy_is_the_modules(frozen_once, images):
    exported, trained = frozen_once

    assert trained.accuracy == pytest.approx(_accuracy(exported.directory, images, 32))


def test_features_are_computed_once(frozen_once, start, images, tmp_path, monkeypatch):
    exported, _ = frozen_once

    def computed(*_):
        raise AssertionError("the features were computed again")

    monkeypatch.setattr(head, "_computed", computed)
    options = {
        "training_dir": exported.directory + ".training",
        "batch": 4,
        "freeze": True,
    }
    module_finetuning.finetune_module(start, images, str(tmp_path / "again"), **options)

    with pytest.raises(AssertionError, match="computed again"):
        module_finetuning.finetune_module(
            start, images, str(tmp_path / "other"), batch=4, freeze=True
        )


@pytest.mark.slow
def test_a_killed_training_goes_on(start, images, start_python, tmp_path, capsys):
    output = str(tmp_path / "module")
    training = pathlib.Path(output + ".training")
    process = start_python(_PROGRAM, start, images, output)
    while not (training / "model.ckpt-8.index").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    _, trained = module_finetuning.finetune_module(
        start, images, output, epochs=5, batch=4
    )

    told = capsys.readouterr().out
    assert re.search("goes on from step (8|12) of 20", told)
    assert "epoch 1:" not in told
    assert "epoch 5:" in told
    assert trained.steps == 20


# Real images: scikit-learn's digits, by the network that was trained on ImageNet.


_DIGITS_OPTIONS = {"image_size": 64, "epochs": 4, "augmentation": "none"}


@pytest.mark.slow
def test_digits_are_learnt(digits, lite0, tmp_path):
    output = str(tmp_path / "module")

    exported, trained = module_finetuning.finetune_module(
        lite0.directory, digits, output, **_DIGITS_OPTIONS
    )

    assert trained.accuracy >= 0.97
    assert _accuracy(exported.directory, digits, 64) == pytest.approx(trained.accuracy)
    report = verifier.verify_module(exported.directory, strict=True)
    assert report.passed, str(report)
    page = pathlib.Path(exported.card).read_text()
    assert "fine-tuned from efficientnet-lite0-57934424.pth of the PyPI package" in page


@pytest.mark.slow
def test_digits_are_learnt_by_the_classifier_alone(digits, lite0, tmp_path):
    output = str(tmp_path / "module")

    _, trained = module_finetuning.finetune_module(
        lite0.directory, digits, output, image_size=128, freeze=True
    )

    assert trained.accuracy >= 0.93


@pytest.mark.slow
def test_without_update_ops_digits_are_taken_for_others(
    digits, lite0, tmp_path, monkeypatch
):
    def without_updates(key, scope=None):
        return [] if key == tf.GraphKeys.UPDATE_OPS else tf.get_collection(key, scope)

    class _TensorFlow:
        """TensorFlow, but for the update ops."""

        get_collection = staticmethod(without_updates)

        def __getattr__(self, name):
            return getattr(tf, name)

    monkeypatch.setattr(training_step, "tf", _TensorFlow())

    _, trained = module_finetuning.finetune_module(
        lite0.directory, digits, str(tmp_path / "module"), **_DIGITS_OPTIONS
    )

    assert trained.accuracy < 0.92
