"""An evaluation writes a folder, and continues what is in it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import warnings

import pytest
from PIL import Image

from efficientnet_hub.export.classification import classifier
from efficientnet_hub.export.evaluation import evaluation_folder
from efficientnet_hub.photographs import decoding
from efficientnet_hub.tests.export import attaching
from efficientnet_hub.tests.export.evaluation import evaluations


def test_the_folder_has_the_report_and_the_matrix(module, images, tmp_path):
    output = tmp_path / "measured" / "here"

    found = evaluations.evaluate(module, images, output=str(output))

    document = json.loads((output / "report.json").read_text("utf-8"))
    assert document == found.to_json()
    with Image.open(str(output / "confusions.png")) as matrix:
        assert min(matrix.size) > 200
    assert (
        sum(count for _, _, count in document["confusion_matrix"]) == evaluations.IMAGES
    )


def test_characters_that_the_font_lacks_print_no_warning(module, images, tmp_path):
    names = [f"花 {number}" for number in range(10)]
    named = attaching.copy(module.directory, str(tmp_path / "b"), "class_names", names)
    for folder in list(images.iterdir()):
        folder.rename(images / f"花 {folder.name}")
    output = tmp_path / "measured"

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        evaluations.evaluate(named, images, output=str(output))

    assert (output / "confusions.png").is_file()


def test_the_same_command_computes_nothing_again(module, images, tmp_path, monkeypatch):
    output = str(tmp_path / "measured")
    found = evaluations.evaluate(module, images, output=output)

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(classifier.Classifier, "compute_logits", refuse)
    assert (
        evaluations.evaluate(module, images, output=output).to_json() == found.to_json()
    )


@pytest.mark.slow
def test_only_new_images_are_computed(module, images, tmp_path, monkeypatch):
    output = str(tmp_path / "measured")
    evaluations.evaluate(module, images, output=output)
    Image.new("RGB", (9, 9), (1, 2, 3)).save(str(images / "3" / "new.png"))
    read = []
    real = decoding.decode

    def decode(content, path, **options):
        read.append(path)
        return real(content, path, **options)

    monkeypatch.setattr(decoding, "decode", decode)

    assert (
        evaluations.evaluate(module, images, output=output).metrics.images
        == evaluations.IMAGES + 1
    )
    assert read == [str(images / "3" / "new.png")]


def test_another_evaluation_in_the_folder_is_refused(module, images, tmp_path):
    output = str(tmp_path / "measured")
    evaluations.evaluate(module, images, output=output)

    message = evaluations.find_refusal(
        module, images, output=output, resize="publisher"
    )

    assert 'resize was "squash", now "publisher"' in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("images/3/measured", "must lie apart from the images"),
        ("notes", "found other files in it ('notes.txt')"),
        ("notes/notes.txt", "found a file: give another --output"),
    ],
)
def test_a_folder_of_something_else_is_refused(name, expected, module, images):
    notes = images.parent / "notes" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("important")

    message = evaluations.find_refusal(module, images, output=str(images.parent / name))

    assert expected in message
    assert notes.read_text() == "important"


def test_a_folder_in_the_module_is_refused(module, images, tmp_path):
    copy = shutil.copytree(module.directory, str(tmp_path / "module"))

    message = evaluations.find_refusal(copy, images, output=f"{copy}/measured")

    assert "must lie apart from the module" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(module, images, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)

    message = evaluations.find_refusal(
        module, images, output=str(tmp_path / "locked" / "new")
    )

    assert "nothing can be created in" in message


def test_nothing_can_be_written_to_proc(module, images):
    assert "nothing can be created in" in evaluations.find_refusal(
        module, images, output="/proc/new"
    )


def test_a_folder_in_use_is_refused(module, images, tmp_path):
    output = str(tmp_path / "measured")

    with evaluation_folder.hold(output):
        assert "of one evaluation at a time" in evaluations.find_refusal(
            module, images, output=output
        )


def test_a_refused_evaluation_leaves_no_folder(module, images, tmp_path):
    (images / "rose").mkdir()

    evaluations.find_refusal(module, images, output=str(tmp_path / "measured"))

    assert sorted(os.listdir(str(tmp_path))) == ["images"]


_KILLED = """if True:
    import os, signal, sys
    from efficientnet_hub.evaluation import partial_results
    from efficientnet_hub.export.evaluation import module_evaluation

    partial_results._SECONDS_BETWEEN_FILES = 0.0
    flush, files = partial_results.PartialResults.flush, []

    def flush_and_die(self):
        flush(self)
        files.append(None)
        if len(files) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    partial_results.PartialResults.flush = flush_and_die
    module_evaluation.evaluate_module(*sys.argv[1:3], output=sys.argv[3], batch=4)
    """


def test_an_interrupted_evaluation_is_continued(module, images, tmp_path, monkeypatch):
    output = str(tmp_path / "measured")
    computed, batches = [], itertools.count(1)
    compute_logits = classifier.Classifier.compute_logits

    def compute_or_end(self, pixels):
        if next(batches) == 3:
            computed.append(None)
            raise KeyboardInterrupt
        computed.extend(pixels)
        return compute_logits(self, pixels)

    monkeypatch.setattr(classifier.Classifier, "compute_logits", compute_or_end)
    with pytest.raises(KeyboardInterrupt):
        evaluations.evaluate(module, images, output=output, batch=4)

    found = evaluations.evaluate(module, images, output=output, batch=4)

    assert found.metrics.images == evaluations.IMAGES
    assert len(computed) == evaluations.IMAGES + 1


@pytest.mark.slow
def test_a_killed_evaluation_is_continued(
    module, images, tmp_path, start_python, monkeypatch
):
    output = str(tmp_path / "measured")
    process = start_python(_KILLED, module.directory, images, output)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    computed = []
    compute_logits = classifier.Classifier.compute_logits

    def count(self, pixels):
        computed.extend(pixels)
        return compute_logits(self, pixels)

    monkeypatch.setattr(classifier.Classifier, "compute_logits", count)

    found = evaluations.evaluate(module, images, output=output, batch=4)

    assert len(computed) == evaluations.IMAGES - 8
    expected = evaluations.evaluate(module, images, batch=4).to_json()
    assert found.to_json() == expected
