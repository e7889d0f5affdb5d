"""Whole modules are compared: those that are the same, and those that differ."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter, repackaging
from efficientnet_hub.export.comparison import comparer, findings, opened_module
from efficientnet_hub.tests.export import attaching
from efficientnet_hub.tests.export.comparison import foreign_modules, small_modules
from efficientnet_hub.tests.export.verification import spoiling

_SAME, _DIFFERS = findings.Outcome.SAME, findings.Outcome.DIFFERS


@pytest.fixture(name="compare_stored")
def _compare_stored():
    """Returns a function that compares two modules, but does not run them."""

    def compare(a: str, b: str) -> list[findings.Finding]:
        open_module = opened_module.open_module
        with open_module(a) as first, open_module(b) as other:
            return list(comparer._compare_stored(first, other, 1e-4))

    return compare


def test_the_classes_in_another_order_differ(compare_stored, export, tmp_path):
    labels = list("abcdefghij")
    (tmp_path / "labels.txt").write_text("\n".join(labels) + "\n")
    a = export(labels=str(tmp_path / "labels.txt")).directory
    b = attaching.copy(a, str(tmp_path / "b"), "class_names", labels[::-1])

    found = compare_stored(a, b)

    assert small_modules.differing(found) == [("class names", "")]
    detail = "10 of 10, the same in another order, such as class 0: 'a' in A, 'j' in B"
    assert detail in [each.detail for each in found]


def test_another_image_size_and_fact_are_shown(compare_stored, module, tmp_path):
    size = attaching.copy(module.directory, str(tmp_path / "b"), "image_size", 64)
    b = attaching.copy(size, str(tmp_path / "c"), "license", "MIT")

    found = compare_stored(module.directory, b)

    assert small_modules.differing(found) == [("image size", "")]
    assert "32 x 32 in A, 64 x 64 in B" in [each.detail for each in found]
    (note,) = (each for each in found if each.topic == "facts")
    assert (note.subject, note.detail) == (
        "license",
        "'Apache-2.0' in A, 'MIT' in B",
    )


def test_class_names_that_only_b_has_are_a_note(compare_stored, module, tmp_path):
    names = list("abcdefghij")
    b = attaching.copy(module.directory, str(tmp_path / "b"), "class_names", names)

    assert small_modules.differing(compare_stored(module.directory, b)) == []
    assert small_modules.differing(compare_stored(b, module.directory)) == [
        ("class names", "")
    ]


@pytest.mark.slow
def test_other_formats_of_a_module_are_the_same(tiny, tmp_path, monkeypatch):
    small = config_lib.get_config(tiny, name="efficientnet-tiny")
    monkeypatch.setitem(config_lib.VARIANTS, "efficientnet-tiny", small)
    both = exporter.export_module(
        small, "random", str(tmp_path / "both"), num_classes=10, format="both"
    )
    again = repackaging.repackage_module(both.directory, str(tmp_path / "again"))

    for other in (both.saved_model.directory, again.directory):
        report = comparer.compare_modules(both.directory, other)

        assert report.is_same, report.select(_DIFFERS)
        outputs = [each for each in report.findings if each.topic == "outputs"]
        # That of the graph for serving too.
        assert len(outputs) == (5 if other == again.directory else 4)
        assert {each.outcome for each in outputs} == {_SAME}


@pytest.mark.slow
@pytest.mark.hub_module
def test_other_preprocessing_differs_in_the_outputs_and_is_named(tmp_path):
    a = small_modules.write(tmp_path / "a")
    b = small_modules.write(tmp_path / "b", preprocessing="lite")

    report = comparer.compare_modules(a, b)

    topics = {topic for topic, _ in small_modules.differing(report.findings)}
    assert topics == {"outputs", "training"}
    notes = {each.subject for each in report.select(findings.Outcome.NOTE)}
    assert "preprocessing" in notes


@pytest.mark.slow
@pytest.mark.hub_module
def test_other_classes_leave_the_features_to_compare(export, tmp_path):
    a = export().directory
    b = export(output=str(tmp_path / "b"), num_classes=12).directory

    report = comparer.compare_modules(a, b)

    outcomes = {
        each.subject: (each.outcome, each.detail)
        for each in report.findings
        if each.topic == "outputs"
    }
    assert outcomes["'image_feature_vector'"][0] is _SAME
    assert outcomes["'image_classification'"] == (
        _DIFFERS,
        "[3, 10] in A, [3, 12] in B",
    )
    trained = [each for each in report.findings if each.topic == "training"]
    assert {each.subject for each in trained} >= {"output", "regularization"}


@pytest.mark.slow
@pytest.mark.hub_module
def test_the_same_nan_in_both_is_the_same_and_in_one_differs(tmp_path):
    def spoil(name, value):
        return (
            np.full_like(value, np.nan)
            if name.endswith("stem/conv2d/kernel")
            else value
        )

    a, b = (spoiling.write(tmp_path / name, values=spoil) for name in "ab")
    good = spoiling.write(tmp_path / "good")

    same, other = comparer.compare_modules(a, b), comparer.compare_modules(good, a)

    assert same.is_same
    assert any("NaN or infinite" in each.detail for each in same.findings)
    assert {"variables", "outputs"} <= {e.topic for e in other.select(_DIFFERS)}


@pytest.mark.slow
def test_a_module_without_images_is_refused(tmp_path):
    graphs = spoiling.good_meta_graphs()
    for graph in graphs:
        for signature in graph.signature_def.values():
            signature.inputs["text"].CopyFrom(signature.inputs["images"])
            del signature.inputs["images"]
    module = spoiling.write(tmp_path / "text", graphs)

    with pytest.raises(errors.InputError, match="is it a module for images"):
        comparer.compare_modules(module, module)


def test_missing_variables_are_refused(module, tmp_path):
    copy = shutil.copytree(module.directory, str(tmp_path / "copy"))
    (tmp_path / "copy" / "variables" / "variables.data-00000-of-00001").unlink()

    with pytest.raises(errors.InputError, match="must have sound variables"):
        comparer.compare_modules(module.directory, copy)


def test_a_module_without_a_size_gets_one(tmp_path):
    fixed = foreign_modules.write(tmp_path / "fixed")
    free = foreign_modules.write(tmp_path / "free", size=None)

    found = comparer.compare_modules(free, fixed)
    # B accepts less.
    assert {t for t, _ in small_modules.differing(found.findings)} == {"signatures"}
    assert comparer.compare_modules(free, free, image_size=48).is_same
    with pytest.raises(errors.InputError, match="found neither: give --image_size"):
        comparer.compare_modules(free, free)
