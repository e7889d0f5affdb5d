"""A training resumes if it is the same one, also after it was killed."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import signal
import time

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import exporter
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.finetuning import recorded_photographs
from efficientnet_hub.tests import small_networks
from efficientnet_hub.tests.export.finetuning import trainings

_PROGRAM = """
import sys
from efficientnet_hub.export.finetuning import module_finetuning
module_finetuning.finetune_module(
    sys.argv[1], sys.argv[2], sys.argv[3], image_size=32, epochs=5, batch=4
)
"""


def _names_checkpoint(training: pathlib.Path, name: str) -> bool:
    """Whether the newest checkpoint of a training has a name."""
    state = training / "checkpoint"
    return state.exists() and f'model_checkpoint_path: "{name}"' in state.read_text()


def test_a_finished_training_is_not_repeated(
    finetuned, training_dir, start, images, tmp_path, capsys
):
    _, once = finetuned

    _, again = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        training_dir=str(training_dir),
        **trainings.OPTIONS,
    )

    assert capsys.readouterr().out.splitlines() == [
        f"20 photographs of 2 classes in '{images}':",
        "  10  blue",
        "  10  red",
        "trains all of the network on 16 photographs of 2 classes, and evaluates with "
        "4: 4 steps of 8 images, 2 an epoch",
        "resumes at step 4 of 4",
    ]
    assert (again.steps, again.accuracy) == (once.steps, once.accuracy)


def test_the_training_folder_has_no_graph(training_dir):
    names = {path.name for path in training_dir.iterdir()}

    assert "model.ckpt-4.index" in names
    assert not {"graph.pbtxt", "model.ckpt-4.meta"} & names


@pytest.mark.slow
def test_an_evaluation_that_was_interrupted_is_made_up_for(
    finetuned, training_dir, start, images, tmp_path, capsys
):
    _, once = finetuned
    record = training_dir / "evaluations.json"
    evaluations = json.loads(record.read_text())
    record.write_text(json.dumps({"evaluations": evaluations["evaluations"][:1]}))

    _, again = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "m"),
        training_dir=str(training_dir),
        **trainings.OPTIONS,
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
            **dict(trainings.OPTIONS, epochs=1),
        )


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
    options, difference, training_dir, start, images, tmp_path
):
    with pytest.raises(errors.InputError, match=f"another training .*{difference}"):
        module_finetuning.finetune_module(
            start,
            images,
            str(tmp_path / "module"),
            training_dir=str(training_dir),
            **dict(trainings.OPTIONS, **options),
        )


def test_other_photographs_are_another_training(training_dir, start, images, tmp_path):
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    (folder / "red" / "0.png").rename(folder / "blue" / "more.png")

    with pytest.raises(errors.InputError, match="another training .*photographs"):
        module_finetuning.finetune_module(
            start,
            str(folder),
            str(tmp_path / "module"),
            training_dir=str(training_dir),
            **trainings.OPTIONS,
        )


@pytest.mark.slow
def test_a_killed_training_resumes(images, start_python, monkeypatch, tmp_path, capsys):
    small_networks.add_variants(monkeypatch)
    start, output = str(tmp_path / "start"), str(tmp_path / "module")
    exporter.export_module("efficientnet-small-lite", "random", start)
    training = pathlib.Path(f"{output}.training")
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    known = small_networks.environment(TMPDIR=str(tmp))
    process = start_python(_PROGRAM, start, images, output, environment=known)
    while not _names_checkpoint(training, "model.ckpt-8"):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # AutoGraph would leave the code that it writes.
    assert not list(tmp.glob("__autograph*"))

    _, trained = module_finetuning.finetune_module(
        start, images, output, image_size=32, epochs=5, batch=4
    )

    printed = capsys.readouterr().out
    assert re.search("resumes at step (8|12) of 20", printed)
    assert "epoch 1:" not in printed
    assert "epoch 5:" in printed
    # The evaluations before the kill count too.
    assert [each.step for each in trained.evaluations] == [4, 8, 12, 16, 20]
    best = max(
        trained.evaluations, key=lambda each: (each.accuracy, -each.loss, each.step)
    )
    assert (trained.steps, trained.accuracy) == (best.step, best.accuracy)
