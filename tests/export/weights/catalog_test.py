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
    assert record.preprocessing == network.preprocessing
    assert record.dataset in catalog.DATASETS


@for_each_record
def test_a_file_has_an_address_or_a_sha256(record):
    if isinstance(record.file, catalog.Archive):
        assert record.file.address.startswith("https://storage.googleapis.com/")
        assert record.file.address.endswith(f"/{record.variant}.tar.gz")
    else:
        assert len(record.file.sha256) == 64
        # PyTorch's convention is that a file's name has the start of its SHA-256.
        assert f"-{record.file.sha256[:8]}.pth" in record.file.path


@for_each_record
def test_an_accuracy_has_a_source(record):
    if record.accuracy is not None:
        assert 50 < record.accuracy.top1 < 100
        assert record.accuracy.source.startswith("https://github.com/tensorflow/tpu/")


def test_weights_are_found_in_the_first_set_that_has_them():
    sets = (catalog.LITE_PYTORCH, catalog.LITE)

    assert catalog.find("efficientnet-lite0", sets).license == "Apache-2.0"
    assert catalog.find("efficientnet-lite3", sets).accuracy.top1 == 79.8
    assert catalog.find("efficientnet-b0", sets) is None


def test_the_extra_for_pretrained_weights_has_the_packages():
    (extras,) = [
        ast.literal_eval(keyword.value)
        for keyword in ast.walk(ast.parse((_ROOT / "setup.py").read_text()))
        if isinstance(keyword, ast.keyword) and keyword.arg == "extras_require"
    ]

    packages = [record.file.package for record in catalog.list_packaged()]
    assert extras["pretrained"] == packages
