"""Damaged photographs, and a split of one's own."""

from __future__ import annotations

import pathlib
import re
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.finetuning import trainings


@pytest.fixture(name="damaged_images")
def _damaged_images(images, tmp_path) -> pathlib.Path:
    """A copy of the photographs, one of which is cut off, and one is empty."""
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    whole = (folder / "red" / "3.png").read_bytes()
    (folder / "red" / "3.png").write_bytes(whole[:200])
    (folder / "blue" / "4.png").write_bytes(b"")
    return folder


def _train_on(start, folder, tmp_path, **options):
    return module_finetuning.finetune_module(
        start,
        str(folder),
        str(tmp_path / "module"),
        overwrite=True,
        **dict(trainings.OPTIONS, **options),
    )


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


def test_an_empty_class_is_named_together_with_the_damaged_photographs(
    start, damaged_images, tmp_path
):
    (damaged_images / "green").mkdir()
    output = str(tmp_path / "module")
    command = ["finetune", f"--module={start}", f"--images={damaged_images}"]

    finished = program.run(*command, f"--output={output}", "--json")
    with pytest.raises(errors.SeveralMistakesError) as caught:
        module_finetuning.finetune_module(start, str(damaged_images), output)

    blue, red, green = caught.value.messages
    assert "blue/4.png" in blue
    assert "red/3.png" in red
    assert "green' must have at least two photographs" in green
    assert (finished.returncode, finished.stdout) == (2, "")
    printed = re.findall(": error: (.+)", finished.stderr)
    # The process does not know the variant of the module, which is one of the tests.
    assert printed[1:] == [blue, red, green]


def test_photographs_of_one_class_are_not_read(start, damaged_images, tmp_path):
    output = str(tmp_path / "module")
    shutil.rmtree(str(damaged_images / "blue"))

    finished = program.run(
        "finetune",
        f"--module={start}",
        f"--images={damaged_images}",
        f"--output={output}",
    )

    printed = re.findall(": error: (.+)", finished.stderr)
    assert len(printed) == 2
    assert "must have a folder for each of at least two classes" in printed[1]


def test_a_refusal_in_json_prints_no_note_about_the_split(start, sides, tmp_path):
    (sides / "train" / "green").mkdir()
    command = ["finetune", f"--module={start}", f"--images={sides}", "--json"]

    finished = program.run(*command, f"--output={tmp_path / 'module'}")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert "green' must have at least one photograph" in finished.stderr


@pytest.mark.slow
def test_damaged_photographs_are_skipped_if_one_says_so(
    start, damaged_images, tmp_path, capsys
):
    output = str(tmp_path / "module")

    _, trained = module_finetuning.finetune_module(
        start,
        str(damaged_images),
        output,
        skip_damaged=True,
        **trainings.FROZEN_OPTIONS,
    )

    used = trained.photographs
    assert sum(used.training.values()) + sum(used.evaluation.values()) == 18
    assert used.notes[0] == "left out: 2 files that cannot be read"
    assert "blue/4.png" in used.notes[1] and "red/3.png" in used.notes[2]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "left out: 2 files that cannot be read"
    assert "blue/4.png" in lines[1] and "red/3.png" in lines[2]
    assert lines[3].startswith("18 photographs of 2 classes in ")


@pytest.mark.slow
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
            start, str(folder), str(tmp_path / "module"), **trainings.FROZEN_OPTIONS
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


@pytest.mark.slow
@pytest.mark.parametrize("is_given", [False, True])
def test_a_split_of_ones_own_is_used(is_given, start, sides, tmp_path, capsys):
    images, options = str(sides), {}
    if is_given:
        images, options = f"{sides}/train", {"validation_images": f"{sides}/val"}

    _, trained = module_finetuning.finetune_module(
        start, images, str(tmp_path / "module"), **trainings.FROZEN_OPTIONS, **options
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
