"""What was measured with a fine-tuned module is on the pages of modules made of it."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import exporter, module_configuration, options
from efficientnet_hub.signatures import measurements
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export import attaching

pytestmark = pytest.mark.usefixtures("tiny_variant")

_MODEL = "efficientnet-tiny"
_MEASUREMENT = measurements.Measurement(
    training_photographs=80,
    evaluation_photographs=20,
    steps=50,
    batch=8,
    trained="the classifier alone",
    image_size=48,
    accuracy=0.95,
    confusion_matrix=[[9, 1], [0, 10]],
    confusions=[],
)


def _export(folder: pathlib.Path, seed: int, measurement=None) -> str:
    """Writes a module of two classes, as finetune does, and returns its directory."""
    labels = folder / "labels.txt"
    labels.write_text("cat\ndog\n")
    start = exporter.export_module(
        _MODEL,
        "random",
        str(folder / f"start-{seed}"),
        labels=str(labels),
        image_size=48,
        seed=seed,
    )
    exported = exporter.export_config(
        module_configuration.read(start.directory, start.directory),
        exporter.WeightsRequest(
            f"{start.directory}/variables/variables",
            measurement=measurement,
            descent="fine-tuned from",
        ),
        options.OutputOptions(output=str(folder / f"module-{seed}")),
    )
    return exported.directory


@pytest.fixture(scope="module", name="finetuned")
def _finetuned(tmp_path_factory) -> str:
    return _export(tmp_path_factory.mktemp("finetuned"), 1, _MEASUREMENT)


def _read_page(exported: exporter.ExportedModule) -> str:
    return pathlib.Path(exported.card).read_text()


@pytest.mark.parametrize(
    "format", ["hub", pytest.param("savedmodel", marks=pytest.mark.slow)]
)
def test_the_page_has_the_accuracy_and_the_confusions(format, finetuned, tmp_path):
    first = exporter.export_module(
        _MODEL, finetuned, str(tmp_path / "first"), format=format
    )
    second = exporter.export_module(_MODEL, first.directory, str(tmp_path / "second"))

    for exported in (first, second):
        page = _read_page(exported)
        assert "Fine-tuned on 80 photographs in 50 steps of 8 images" in page
        assert "95.00" in page
        assert "| cat | 9 | 1 |" in page.splitlines()
        assert "Expected image size: 48 x 48" in page


@pytest.mark.parametrize(
    "change",
    cases.slow_after(1, [{"new_classifier": True}, {"task": "feature-vector"}]),
)
def test_a_module_with_another_classifier_has_no_accuracy(change, finetuned, tmp_path):
    exported = exporter.export_module(_MODEL, finetuned, str(tmp_path / "m"), **change)

    assert "Accuracy" not in _read_page(exported)


def test_other_labels_are_those_of_the_table(finetuned, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("Katze\nHund\n")

    exported = exporter.export_module(
        _MODEL, finetuned, str(tmp_path / "module"), labels=str(labels)
    )

    assert "| Katze | 9 | 1 |" in _read_page(exported).splitlines()


@pytest.mark.slow
def test_what_was_measured_with_other_weights_does_not_count(finetuned, tmp_path):
    # A program that trains a module copies what is attached to it.
    other = _export(tmp_path, 2)
    trained = tmp_path / "trained"
    shutil.copytree(finetuned, str(trained))
    shutil.rmtree(str(trained / "variables"))
    shutil.copytree(f"{other}/variables", str(trained / "variables"))

    exported = exporter.export_module(_MODEL, str(trained), str(tmp_path / "module"))

    assert "Accuracy" not in _read_page(exported)


@pytest.mark.slow
def test_many_classes_have_a_list_of_confusions(tmp_path):
    many = measurements.Measurement(
        **dict(vars(_MEASUREMENT), confusion_matrix=None, confusions=[[1, 0, 7, 10]])
    )

    directory = _export(tmp_path, 3, many)

    page = pathlib.Path(f"{directory}.md").read_text()
    assert "*   dog, taken for cat: 7 of 10" in page.splitlines()


def test_another_text_in_its_place_is_refused(finetuned, tmp_path):
    changed = attaching.copy(
        finetuned, str(tmp_path / "changed"), "measured", json.dumps({"accuracy": 1})
    )

    with pytest.raises(errors.InputError, match="wrong fact: the fact 'measured' must"):
        exporter.export_module(_MODEL, changed, str(tmp_path / "module"))
