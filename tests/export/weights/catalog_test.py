"""The catalog of published weights agrees with everything that repeats its facts."""

from __future__ import annotations

import ast
import pathlib

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import catalog
from efficientnet_hub.tests import fresh_process

# Resolved: under Bazel this file is a link, and only the real tree has setup.py.
_ROOT = pathlib.Path(__file__).resolve().parents[3]
_NAMES = [f"{record.set_name}/{record.variant}" for record in catalog.PUBLISHED]

for_each_record = pytest.mark.parametrize("record", catalog.PUBLISHED, ids=_NAMES)


def test_the_catalog_needs_no_tensorflow():
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.export.weights import catalog\n"
        "print('tensorflow' in sys.modules, 'numpy' in sys.modules)"
    )

    assert printed.split() == ["False", "False"]


def test_a_set_has_a_variant_once():
    assert len(set(_NAMES)) == len(_NAMES)


@for_each_record
def test_a_record_is_of_a_variant_and_of_its_preprocessing(record):
    assert record.variant in config_lib.VARIANTS
    network = config_lib.get_config(record.variant)
    if record.set_name == catalog.ADV_PROP:
        assert record.preprocessing == "advprop"
    elif network.lite:
        assert record.preprocessing == "lite"
    else:
        assert record.preprocessing == "imagenet"
    assert record.dataset in catalog.DATASETS
    assert catalog.find_set(record.set_name).training


@for_each_record
def test_a_file_has_an_address_or_a_sha256(record):
    if isinstance(record.file, catalog.Archive):
        assert record.file.address.startswith("https://storage.googleapis.com/")
        name = record.file.address.rsplit("/", 1)[1]
        assert record.variant in name and name.endswith(".tar.gz")
    else:
        assert len(record.file.sha256) == 64
        # PyTorch's convention is that a file's name has the start of its SHA-256.
        assert f"-{record.file.sha256[:8]}.pth" in record.file.path


@for_each_record
def test_an_accuracy_has_a_source(record):
    if record.accuracy is not None:
        assert 50 < record.accuracy.top1 < 100
        assert record.accuracy.source.startswith("https://github.com/tensorflow/tpu/")


# From the table of the publisher's page of March 2020: README.md of
# models/official/efficientnet in https://github.com/tensorflow/tpu.
_TOP1 = {
    "baseline": "76.7 78.7 79.8 81.1 82.5 83.1",
    "autoaugment": "77.1 79.1 80.1 81.6 82.9 83.6 84.0 84.3",
    "randaugment": "- - - - - 83.7 - 84.7",
    "advprop": "77.6 79.6 80.5 81.9 83.3 84.3 84.8 85.2 85.5",
    "noisy-student": "78.8 81.5 82.4 84.1 85.3 86.1 86.4 86.9",
}


@pytest.mark.parametrize("name", _TOP1)
def test_a_set_has_the_published_accuracies(name):
    found = {
        record.variant: record.accuracy.top1
        for record in catalog.PUBLISHED
        if record.set_name == name and record.accuracy
    }
    found.pop("efficientnet-l2", None)

    assert found == {
        f"efficientnet-b{number}": float(top1)
        for number, top1 in enumerate(_TOP1[name].split())
        if top1 != "-"
    }


def test_l2_is_published_in_two_sizes():
    large = catalog.find("efficientnet-l2", "noisy-student")
    small = catalog.find("efficientnet-l2", "noisy-student-475")

    assert (large.image_size, large.accuracy.top1) == (800, 88.4)
    assert (small.image_size, small.accuracy.top1) == (475, 88.2)
    assert large.file.path.endswith("/noisy_student_efficientnet-l2.tar.gz")
    assert small.file.path.endswith("/noisy_student_efficientnet-l2_475.tar.gz")
    assert config_lib.get_config("efficientnet-l2").image_size == 800


def test_weights_are_found_in_the_first_set_that_has_them():
    assert catalog.find("efficientnet-b0", "imagenet").set_name == "autoaugment"
    assert catalog.find("efficientnet-lite0", "imagenet").license == "Apache-2.0"
    assert catalog.find("efficientnet-lite3", "lite").accuracy.top1 == 79.8
    assert catalog.find("efficientnet-b0", "lite") is None


def test_the_extra_for_pretrained_weights_has_the_packages():
    (extras,) = [
        ast.literal_eval(keyword.value)
        for keyword in ast.walk(ast.parse((_ROOT / "setup.py").read_text()))
        if isinstance(keyword, ast.keyword) and keyword.arg == "extras_require"
    ]

    packages = [record.file.package for record in catalog.list_packaged()]
    assert extras["pretrained"] == packages
