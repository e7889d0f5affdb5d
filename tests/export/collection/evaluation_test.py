"""A list can name a folder of images that each module is evaluated with."""

from __future__ import annotations

import dataclasses
import io
import json
import pathlib

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub import errors
from efficientnet_hub.evaluation import image_folder, metrics, outcomes
from efficientnet_hub.export.collection import (
    entries,
    evaluation,
    evaluation_summary,
    jobs,
    manifest,
    module_build,
    worker,
)
from efficientnet_hub.export.evaluation import module_evaluation
from efficientnet_hub.export.model_card import card
from efficientnet_hub.export.storage import interruption
from efficientnet_hub.tests.export.collection import list_builds
from efficientnet_hub.tests.export.commands import program

_CLASSES = ("cat", "dog", "owl")
_LIST = """\
modules:
- handle: me/small
  model: efficientnet-small-lite
  weights: random
  image_size: 32
  labels: labels.txt
  evaluate: photographs
  {more}
"""


@pytest.fixture(name="folder")
def _folder(tmp_path) -> pathlib.Path:
    """A folder with images of three classes, and the names of the classes."""
    (tmp_path / "labels.txt").write_text("\n".join(_CLASSES))
    generator = np.random.RandomState(0)
    for number in range(9):
        path = tmp_path / "photographs" / _CLASSES[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.randint(0, 256, [40, 50, 3]).astype(np.uint8)
        Image.fromarray(pixels).save(str(path))
    return tmp_path


def _read(folder: pathlib.Path, more: str = "") -> entries.Entry:
    path = folder / "list.yaml"
    text = _LIST.format(more=more).replace("small-lite", "lite0")
    path.write_text(text)
    (entry,) = entries.read(str(path))
    return entry


def _refusal(folder: pathlib.Path, more: str) -> str:
    with pytest.raises(errors.InputError) as caught:
        _read(folder, more)
    return str(caught.value)


def test_the_folder_is_relative_to_the_list(folder):
    entry = _read(folder, "resize: publisher")

    assert entry.images_to_evaluate == str(folder / "photographs")
    assert (entry.resize, entry.minimum_top_1) == ("publisher", None)
    # As `jobs` passes it to a worker.
    sent = entries.from_json(json.loads(json.dumps(dataclasses.asdict(entry))))
    assert sent.images_to_evaluate == entry.images_to_evaluate
    assert (sent.resize, sent.minimum_top_1) == ("publisher", None)


def test_a_feature_vector_module_is_not_evaluated(folder):
    path = folder / "list.yaml"
    path.write_text(
        "modules: [{handle: a/b, model: b0, weights: random, task: feature-vector, "
        "evaluate: none, evaluate_labels: none}]"
    )

    (entry,) = entries.read(str(path))

    assert entry.images_to_evaluate is None
    assert entry.files() == {}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("resize: crop", "resize must be one of squash, publisher, center-crop"),
        ("minimum_top_1: 79", "minimum_top_1 must be a number of 0 to 1, found 79"),
        ("minimum_top_1: true", "minimum_top_1 must be a number of 0 to 1"),
    ],
)
def test_a_wrong_value_is_refused(more, message, folder):
    assert message in _refusal(folder, more)


@pytest.mark.parametrize("field", ["minimum_top_1: 0.5", "evaluate_labels: list.yaml"])
def test_a_field_of_an_evaluation_without_images_is_refused(field, folder):
    path = folder / "list.yaml"
    path.write_text(f"modules: [{{handle: a/b, model: b0, weights: random, {field}}}]")

    with pytest.raises(errors.InputError, match="must be given with 'evaluate'"):
        entries.read(str(path))


def test_a_folder_without_classes_is_refused_with_its_line(folder):
    (folder / "photographs").rename(folder / "other")

    assert "list.yaml:2: " in _refusal(folder, "")


def test_other_images_make_a_module_stale(folder):
    before = manifest.inputs(_read(folder))
    photograph = folder / "photographs" / "cat" / "0.png"

    Image.new("RGB", (40, 40)).save(str(photograph))
    after = manifest.inputs(_read(folder))

    assert before["options"] == after["options"]
    changed = {
        name
        for name, digest in before["files"].items()
        if after["files"][name] != digest
    }
    assert changed == {"evaluate/photographs"}


def test_a_labels_file_is_relative_to_the_list(folder):
    (folder / "folders.txt").write_text("cat -> dog")

    entry = _read(folder, "evaluate_labels: folders.txt")

    assert entry.labels_of_images == str(folder / "folders.txt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "found no file"),
        ("cat -> dog\ncat -> owl", "must name each folder once, found 'cat'"),
        ("cat -> dog\nowl", "must have lines of one form"),
    ],
)
def test_a_wrong_labels_file_is_refused_with_its_line(content, message, folder):
    if content is not None:
        (folder / "folders.txt").write_text(content)

    sentence = _refusal(folder, "evaluate_labels: folders.txt")

    assert "list.yaml:2: labels file" in sentence
    assert message in sentence


def test_modules_of_a_run_share_the_hash_of_a_folder(folder, monkeypatch):
    read = []
    read_folder = image_folder.read
    monkeypatch.setattr(
        image_folder, "read", lambda path: read.append(path) or read_folder(path)
    )
    builder = jobs.Builder(str(folder / "published"), {}, False, lock=0)
    monkeypatch.setattr(jobs.Builder, "_run_worker", lambda *_: None)
    one = _read(folder)
    other = dataclasses.replace(one, version=2)

    results = builder.build_all([one, other], jobs=2, report=lambda _: None)

    assert [result.outcome for result in results] == ["built", "built"]
    assert read == [str(folder / "photographs")]
    assert manifest.inputs(one) == manifest.inputs(one, builder.images.compute)


def test_images_that_changed_before_the_evaluation_are_refused(folder, module):
    names = [f"{name} -> {index}" for index, name in enumerate(_CLASSES)]
    (folder / "folders.txt").write_text("\n".join(names))
    entry = _read(folder, "evaluate_labels: folders.txt")
    before = manifest.inputs(entry)
    module_build._check_unchanged(
        entry, before, evaluation.evaluate(entry, module.directory)
    )

    (folder / "photographs" / "cat" / "0.png").unlink()

    evaluated = evaluation.evaluate(entry, module.directory)
    with pytest.raises(errors.InputError, match="must not change during the build"):
        module_build._check_unchanged(entry, before, evaluated)


def test_another_labels_file_makes_a_module_stale(folder):
    (folder / "folders.txt").write_text("cat -> dog")
    before = manifest.inputs(_read(folder, "evaluate_labels: folders.txt"))

    (folder / "folders.txt").write_text("cat -> owl")
    after = manifest.inputs(_read(folder, "evaluate_labels: folders.txt"))

    name = "evaluate_labels/folders.txt"
    assert before["files"].pop(name) != after["files"].pop(name)
    assert before == after
    assert before == manifest.inputs(_read(folder))


def test_a_labels_file_says_which_folder_is_which_class(folder, module):
    lines = [f"{name} -> {index}" for index, name in enumerate(_CLASSES, 4)]
    (folder / "folders.txt").write_text("\n".join(lines))

    found = evaluation.evaluate(
        _read(folder, "evaluate_labels: folders.txt"), module.directory
    )

    assert list(found.assignment.indices) == [4, 5, 6]
    with pytest.raises(errors.InputError, match="or evaluate_labels in a list"):
        evaluation.evaluate(_read(folder), module.directory)


@pytest.mark.parametrize("more", ["resize: publisher", "minimum_top_1: 0.5"])
def test_other_rules_make_a_module_stale(more, folder):
    assert manifest.inputs(_read(folder)) != manifest.inputs(_read(folder, more))


@pytest.fixture(name="found")
def _found(folder, module):
    """An evaluation of a module of ten classes, whose folders have their numbers."""
    for index, name in enumerate(_CLASSES):
        (folder / "photographs" / name).rename(folder / "photographs" / str(index))
    return module_evaluation.evaluate_module(
        module.directory, str(folder / "photographs")
    )


def test_the_manifest_has_what_was_measured(found):
    summary = evaluation.summarize(found)

    assert (summary.folder, summary.images, summary.classes) == ("photographs", 9, 3)
    assert summary.digest == found.images.digest
    assert summary.top_1.low <= summary.top_1.value <= summary.top_1.high
    assert "resized to 32 x 32" in summary.preprocessing
    document = json.loads(json.dumps(dataclasses.asdict(summary)))
    assert evaluation_summary.load(document) == summary


def test_an_accuracy_below_the_minimum_is_refused(folder, monkeypatch):
    labels, logits = [0, 1, 2, 0], np.eye(3)[[0, 1, 1, 1]]
    measured = metrics.compute(outcomes.judge(logits, labels), 3)
    result = type("Report", (), {"metrics": measured})
    monkeypatch.setattr(module_evaluation, "evaluate_module", lambda *_, **__: result)

    assert evaluation.evaluate(_read(folder, "minimum_top_1: 0.5"), "a.tar.gz")
    with pytest.raises(errors.InputError, match=r"at least 0\.51 .*, found 0\.5000"):
        evaluation.evaluate(_read(folder, "minimum_top_1: 0.51"), "a.tar.gz")


def test_the_page_names_confusions_of_the_images(found):
    sections = [card.Section(title, "") for title in ("Weights", "Usage")]
    metadata = card.Metadata("1.tar.gz", "", None, "", "true", "hub", "custom")
    page = card.Card("me/small/1", "", False, metadata, sections)

    _, measured, _ = evaluation.add_to_card(page, found).sections

    assert measured.title == "Measured accuracy"
    text = measured.text
    assert "Measured on 9 images of 3 classes, the folder `photographs`." in text
    assert "held out" not in text


def test_all_damaged_images_are_counted_in_the_one_line_of_a_worker(
    monkeypatch, capsys
):
    def fail(*_):
        raise errors.make(["'a.png' is damaged", "'b.png' is damaged"])

    monkeypatch.setattr(module_build, "build", fail)
    job = {"entry": None, "folder": "", "inputs": {}, "versions": {}}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(job)))
    monkeypatch.setattr(entries, "from_json", lambda values: values)
    monkeypatch.setattr(interruption, "install", lambda: None)

    assert worker.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "2 mistakes were found, the first one: 'a.png' is damaged"


@pytest.mark.parametrize("output", ["photographs", "photographs/cat/published"])
def test_an_output_among_the_images_is_refused(output, folder):
    _read(folder)

    sentence = program.check_refusal(
        program.run_here("build", folder / "list.yaml", f"--output={folder / output}")
    )

    assert "must be outside of the images to evaluate with" in sentence


@pytest.mark.slow
def test_the_pages_show_what_was_measured(folder):
    finished = list_builds.build(_LIST.format(more=""), folder, folder / "published")

    assert finished.returncode == 0, finished.stderr
    published = folder / "published" / "me" / "small"
    written = manifest.read(str(published / "1.manifest.json"))
    assert written.evaluation.images == 9
    for page in ("1.md", "1.html"):
        text = (published / page).read_text(encoding="utf-8")
        assert "Measured accuracy" in text
        assert "Measured on 9 images of 3 classes" in text
        assert f"{100 * written.evaluation.top_1.value:.2f} %" in text
    again = list_builds.build(_LIST.format(more=""), folder, folder / "published")
    assert "up to date" in again.stdout


@pytest.mark.slow
def test_a_module_below_the_minimum_is_not_published(folder):
    finished = list_builds.build(
        _LIST.format(more="minimum_top_1: 1"), folder, folder / "published"
    )

    assert finished.returncode == 1
    assert "must be at least 1 to be published, found 0." in finished.stdout
    assert not list((folder / "published").rglob("*.tar.gz"))
