"""Tests `compare`: its flags, what it prints, and its exit statuses."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub.export.commands import main
from efficientnet_hub.export.comparison import comparer, findings
from efficientnet_hub.tests.export.commands import program

_OUTCOMES = {outcome.value for outcome in findings.Outcome}


@pytest.fixture
def images(tmp_path) -> str:
    """Two images, one of them in a folder, and a damaged one."""
    generator = np.random.RandomState(0)
    for name in ("a.png", "folder/b.png"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.randint(0, 256, [32, 32, 3]).astype(np.uint8)
        Image.fromarray(pixels).save(str(path))
    (tmp_path / "images" / "c.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    return str(tmp_path / "images")


def _print(monkeypatch, *found, arguments=()):
    """Runs the command with a given result."""
    report = findings.Report("a", "b", 1e-4, 3, found)
    monkeypatch.setattr(comparer, "compare_modules", lambda *_, **__: report)
    return program.run_here("compare", "a", "b", *arguments)


_SAME = findings.Finding("outputs", findings.Outcome.SAME, "equal")
_DIFFERENT = [
    findings.Finding("outputs", findings.Outcome.DIFFERS, "a lot", name)
    for name in ("'default'", "'image_classification'")
]
_SKIPPED = findings.Finding("training", findings.Outcome.NOT_COMPARED, "a reason")


@pytest.mark.slow
def test_a_module_is_the_same_as_its_archive(module, images):
    finished = program.run_here(
        "compare", module.directory, module.archive, f"--images={images}", "--json"
    )

    document = json.loads(program.check_success(finished))
    assert (document["schema"], document["command"]) == (1, "compare")
    assert document["a"] == module.directory
    assert document["b"] == module.archive
    assert document["same"] is True
    assert document["photographs"] == 2
    assert {each["outcome"] for each in document["findings"]} == {"same", "note"}
    (note,) = (each for each in document["findings"] if each["outcome"] == "note")
    assert (note["topic"], "c.png" in note["detail"]) == ("photographs", True)
    outputs = {
        each["subject"]: each["measures"]
        for each in document["findings"]
        if each["topic"] == "outputs"
    }
    assert outputs["'default'"]["top_1"] == outputs["'default'"]["top_5"] == 1
    assert outputs["'image_feature_vector'"] == dict.fromkeys(
        ["greatest", "median", "relative"], 0
    )


def test_the_same_modules_end_with_status_0(monkeypatch):
    printed = program.check_success(_print(monkeypatch, _SAME, _SKIPPED))

    assert printed.splitlines() == [
        "A: a",
        "B: b",
        "same          outputs   equal",
        "not compared  training  a reason",
        "B may replace A: the same within 0.0001 on 3 photographs; not compared: "
        "training",
    ]


def test_what_differs_is_a_row_and_the_status_is_1(monkeypatch):
    finished = _print(monkeypatch, _SAME, *_DIFFERENT)

    assert (finished.returncode, finished.stderr) == (1, "")
    assert finished.stdout.splitlines()[2:] == [
        "same          outputs                     equal",
        "differs       outputs: 'default', 1 more  a lot",
        "B differs from A in outputs; compared on 3 photographs",
    ]


def test_without_an_output_nothing_is_known(monkeypatch):
    finished = _print(monkeypatch, _SKIPPED)

    assert finished.returncode == 1
    assert finished.stdout.splitlines()[-1] == (
        "B is not known to be the same as A: no output is compared"
    )


def test_the_document_has_the_documented_names(monkeypatch):
    finished = _print(monkeypatch, _SAME, *_DIFFERENT, arguments=["--json"])

    document = json.loads(finished.stdout)
    assert finished.returncode == 1
    assert document["same"] is False
    assert len(document["findings"]) == 3
    for each in document["findings"]:
        assert set(each) == {"topic", "subject", "outcome", "detail", "measures"}
        assert each["outcome"] in _OUTCOMES


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--tolerance=nan", "tolerance must be from 0 to 1, found nan"),
        ("--tolerance=-1", "tolerance must be from 0 to 1, found -1"),
        ("--tolerance=inf", "tolerance must be from 0 to 1, found inf"),
        ("--images=none", "images must be a folder of images, found nothing"),
    ],
)
def test_wrong_options_are_refused(flag, expected, module):
    finished = program.run_here("compare", module.directory, module.directory, flag)

    assert expected in program.check_refusal(finished)


def test_every_mistake_is_reported_at_once(tmp_path):
    (tmp_path / "empty").mkdir()

    finished = program.run(
        "compare",
        tmp_path / "none",
        tmp_path / "empty",
        f"--images={tmp_path}/empty",
        "--tolerance=2",
    )

    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 4, finished.stderr


def test_damaged_modules_are_refused_by_their_paths(module, tmp_path):
    copy = shutil.copytree(module.directory, str(tmp_path / "copy"))
    (tmp_path / "copy" / "saved_model.pb").write_bytes(b"\xff" * 100)

    finished = program.run_here("compare", module.archive, copy)

    assert f"'{copy}/saved_model.pb' must hold" in program.check_refusal(finished)


def test_a_saved_model_of_another_program_is_refused(module, saved_model_2):
    finished = program.run_here("compare", module.directory, saved_model_2)

    assert "did another program write it" in program.check_refusal(finished)


def test_every_argument_reaches_the_comparison(monkeypatch):
    received = {}

    def compare_modules(a, b, **arguments):
        received.update(arguments, a=a, b=b)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparer, "compare_modules", compare_modules)
    samples = {"a": "old", "b": "new", "images": "images"}
    samples.update(tolerance=0.5, image_size=64)

    argv = program.argv("compare", {**samples, "json": True})
    main.main(main.parse(argv))

    assert received == samples
