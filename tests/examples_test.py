"""The examples: what they print, and their exit status."""

from __future__ import annotations

import collections
import json
import pathlib
import runpy
import subprocess
import sys

import pytest

from efficientnet_hub.tests.export.verification import spoiling

_EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.slow
def test_a_trained_module_recognizes_the_photographs(
    classify_photographs, lite0, photographs
):
    finished = classify_photographs(lite0.directory)

    assert finished.returncode == 0, finished.stderr
    for line, photograph in zip(finished.stdout.splitlines(), photographs):
        assert line.endswith(f"{photograph.name} ({photograph.index})")


@pytest.mark.slow
def test_a_module_that_does_not_recognize_them_fails(tmp_path, monkeypatch, capsys):
    program = str(_EXAMPLES / "classify_photographs.py")
    module = spoiling.write(tmp_path / "random")
    monkeypatch.setattr("sys.argv", [program, module])

    # In this process, which imports TensorFlow only once.
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(program, run_name="__main__")

    assert caught.value.code == 1
    assert "expected 652" in capsys.readouterr().out.splitlines()[0]


def test_each_digit_is_in_the_folder_of_its_class(digits):
    files = collections.Counter(
        path.parent.name for path in pathlib.Path(digits).glob("*/*.png")
    )

    # From scikit-learn's description of the data set.
    assert sum(files.values()) == 1797
    assert sorted(files) == [str(digit) for digit in range(10)]
    assert set(files.values()) <= set(range(174, 184))


@pytest.mark.slow
def test_a_short_training_with_a_small_momentum_can_be_used(lite0):
    program = str(_EXAMPLES / "compare_batch_norm.py")

    finished = subprocess.run(
        [sys.executable, program, lite0.directory], capture_output=True, text=True
    )

    assert finished.returncode == 0, finished.stderr
    accuracies = {
        cells[1]: float(cells[2])
        for cells in map(_split_cells, finished.stdout.splitlines()[2:])
    }
    assert len(accuracies) == 3
    # Of five classes. Without the update ops, or with few of them, it varies.
    assert accuracies["update ops run, momentum 0.9"] > 0.9


def _split_cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _write_document(path: pathlib.Path, command: str = "finetune") -> str:
    """Writes what `finetune --json` prints, and returns the path."""
    epochs = [
        {
            "epoch": number,
            "accuracy": 1 - 0.5**number,
            "loss": 1 / number,
            "training_loss": None if number == 1 else 2 / number,
            "learning_rate": 0.01 / number,
        }
        for number in (1, 2, 3)
    ]
    document = {"schema": 1, "command": command, "epochs": epochs, "best_epoch": 3}
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_learning_curve_is_plotted(ending, tmp_path):
    pytest.importorskip("matplotlib")
    program = runpy.run_path(str(_EXAMPLES / "plot_learning_curve.py"))
    image = tmp_path / f"curve.{ending}"

    program["main"](_write_document(tmp_path / "epochs.json"), str(image))

    content = image.read_bytes()
    assert content.startswith(b"\x89PNG" if ending == "png" else b"<?xml")
    assert len(content) > 10_000


def test_only_a_document_of_finetune_is_plotted(tmp_path):
    pytest.importorskip("matplotlib")
    program = runpy.run_path(str(_EXAMPLES / "plot_learning_curve.py"))
    document = _write_document(tmp_path / "other.json", "evaluate")

    with pytest.raises(SystemExit, match="must be a document of finetune"):
        program["main"](document, str(tmp_path / "curve.png"))
    assert not (tmp_path / "curve.png").exists()


@pytest.mark.parametrize("path", sorted(_EXAMPLES.glob("*.py")), ids=lambda p: p.stem)
def test_an_example_without_arguments_shows_its_usage(path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [str(path)])
    monkeypatch.syspath_prepend(str(_EXAMPLES))

    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(path), run_name="__main__")

    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(f"usage: {path.name}")
