"""What a module says of itself is believed only if its graphs agree."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import (
    claims,
    inspection,
    module_configuration,
    repackaging,
)
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.verification import promise, verifier
from efficientnet_hub.tests.export import attaching

_NAMES = [f"class {index}" for index in range(10)]

# Key, value, and a part of the sentence.
_WRONG = [
    ("class_names", ["a", "b"], "as many names in its attached message 'class_names'"),
    ("class_names", [], "as it has classes, 10, found 0"),
    ("class_names", ["", *_NAMES[1:]], "found no name of class 0"),
    ("class_names", [*_NAMES[:-1], " \t"], "found no name of class 9"),
    ("class_names", list(range(10)), "the name of class 0 as text"),
    ("class_names", ["n" * 10_001], "found more than 10000 characters"),
    ("license", 3, "must say 'license' as text"),
    ("model", ["efficientnet-b0"], "must say 'model' as text"),
    ("model", "efficientnet-b7", "model must be the scope of its variables"),
    ("model", "b0\x1b[31m\n", r"found 'b0\x1b[31m\n'"),
    ("task", "segmentation", "task must be one of classification, feature-vector"),
    ("task", "feature-vector", "found a signature 'image_classification'"),
    ("preprocessing", "caffe", "preprocessing must be one of imagenet, advprop, lite"),
    ("image_size", 4097, "1 to 4096 pixels in height and width, found 4097 x 4097"),
    ("image_size", 2**31 - 1, "found 2147483647 x 2147483647"),
    ("image_size", -1, "found -1 x -1"),
]


@pytest.fixture(name="attach")
def _attach(module, tmp_path):
    """Returns a function that attaches another value to a copy of the module."""

    def _attach(key: str, value: object) -> str:
        return attaching.copy(module.directory, str(tmp_path / "copy"), key, value)

    return _attach


def _refusal(function, *arguments) -> str:
    with pytest.raises(errors.InputError) as caught:
        function(*arguments)
    return str(caught.value)


def test_a_sound_module_is_believed(attach):
    module = attach("class_names", _NAMES)
    saved_model = module_files.read_saved_model(module)

    claims.check(saved_model, module)

    read = claims.read(saved_model.meta_graphs[0], module)
    assert read.class_names == _NAMES
    assert read.image_size == (32, 32)
    assert read.num_classes == 10
    assert read.facts["model"] == "efficientnet-b0"


@pytest.mark.parametrize(("key", "value", "sentence"), _WRONG)
def test_a_wrong_claim_is_refused_in_one_sentence(key, value, sentence, attach):
    module = attach(key, value)

    message = _refusal(inspection.inspect_module, module)

    assert message.startswith(f"module '{module}' ")
    assert sentence in message
    assert "\n" not in message and len(message) < 600 + len(module)


@pytest.mark.parametrize(("key", "value", "sentence"), _WRONG[::4])
def test_a_wrong_claim_is_refused_by_each_command(
    key, value, sentence, attach, tmp_path
):
    module = attach(key, value)

    for function, arguments in (
        (repackaging.repackage_module, [module, str(tmp_path / "output")]),
        (module_configuration.read, [module, module]),  # finetune
        (lambda path: list(module_classification.classify_images(path, [])), [module]),
    ):
        assert sentence in _refusal(function, *arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


@pytest.mark.parametrize(("key", "value", "sentence"), _WRONG[1::4])
def test_a_module_with_a_wrong_claim_fails_and_is_not_run(key, value, sentence, attach):
    report = verifier.verify_module(attach(key, value))

    assert not report.passed
    assert sentence in report.findings[0].detail
    not_run = report.findings[-10:]
    assert {finding.outcome for finding in not_run} == {promise.Outcome.UNCHECKED}
