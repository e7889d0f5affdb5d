"""Tests which folders a training may write to, and that one at a time does."""

from __future__ import annotations

import os
import signal

import pytest

from efficientnet_hub import dependencies, errors
from efficientnet_hub.export import destinations
from efficientnet_hub.export.finetuning import module_finetuning, training_folder

_HOLD = """
import os, sys, time
from efficientnet_hub.export.finetuning import training_folder
with training_folder.hold(sys.argv[1]):
    os.makedirs(os.path.join(sys.argv[1], ".start.staging-0123456789abcdef"))
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(name="check")
def _check(tmp_path):
    """Returns a function that checks a folder as that of a training."""

    def _check(folder="training", output="module", **inputs) -> None:
        planned = destinations.Paths(
            str(tmp_path / output), str(tmp_path / f"{output}.md"), None
        )
        inputs = {kind: [str(tmp_path / path)] for kind, path in inputs.items()}
        training_folder.check(str(tmp_path / folder), planned, inputs)

    return _check


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["start", "start.md", ".start.staging-0123456789abcdef"],
        ["start.json", "model.ckpt-1.index", "notes.txt"],
    ],
    ids=["empty", "killed before its record", "a training"],
)
def test_a_training_may_be_written(names, check, tmp_path):
    check()
    (tmp_path / "training").mkdir()
    for name in names:
        (tmp_path / "training" / name).write_text("")

    check()


def test_a_folder_of_other_files_is_refused(check, tmp_path):
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "checkpoint").write_text("of another program")

    with pytest.raises(errors.InputError, match="found other files in it .'checkpoint"):
        check()
    with pytest.raises(errors.InputError, match="found a file"):
        check("training/checkpoint")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"folder": "photos", "photographs": "photos"}, "apart from the photographs"),
        ({"folder": "photos/a", "photographs": "photos"}, "apart from the photographs"),
        ({"folder": "photos", "module": "photos/module"}, "apart from the module"),
        ({"folder": "start/a", "module": "start"}, "must lie outside the module"),
        ({"folder": "module/a"}, "must lie outside the module"),
        ({"folder": "a/b"}, "outside of other modules"),
        ({"output": "training/start"}, "which the training writes"),
    ],
)
def test_a_folder_in_which_something_would_be_lost_is_refused(
    options, sentence, check, tmp_path
):
    for name in ("photos/module", "photos/a", "start", "a"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "a" / "saved_model.pb").write_text("")

    with pytest.raises(errors.InputError, match=sentence):
        check(**options)


def test_one_process_at_a_time_trains_in_a_folder(tmp_path, start_python):
    folder = str(tmp_path / "training")
    process = start_python(_HOLD, folder)
    assert process.stdout.readline() == "held\n"

    refused = pytest.raises(errors.InputError, match="another process uses it")
    with refused, training_folder.hold(folder):
        pass
    assert os.listdir(folder) == [".start.staging-0123456789abcdef"]
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with training_folder.hold(folder):  # The killed process left something.
        assert os.listdir(folder) == []


def test_a_folder_stays_only_if_something_is_in_it(tmp_path):
    for name in ("", "start"):
        refused = pytest.raises(ZeroDivisionError)
        with refused, training_folder.hold(str(tmp_path / "a" / "training")):
            if name:
                (tmp_path / "a" / "training" / name).mkdir()
            raise ZeroDivisionError
        assert (tmp_path / "a" / "training").exists() == bool(name)


@pytest.mark.parametrize("missing", ["estimator", "tensorflow_hub_with_module"])
def test_a_tensorflow_that_cannot_train_is_refused_at_once(
    missing, module, tmp_path, monkeypatch
):
    def refuse():
        raise errors.DependencyError("needs an older TensorFlow")

    monkeypatch.setattr(dependencies, missing, refuse)

    with pytest.raises(errors.DependencyError):
        module_finetuning.finetune_module(
            module.directory, str(tmp_path / "photos"), str(tmp_path / "new")
        )
    assert not list(tmp_path.iterdir())
