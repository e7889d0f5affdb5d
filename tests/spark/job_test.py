"""Tests what is refused before Spark starts."""

from __future__ import annotations

import sys

import pytest

from efficientnet_hub import errors
from efficientnet_hub.spark import job
from efficientnet_hub.tests.export.commands import program


@pytest.mark.parametrize(
    ("images", "output", "expected"),
    [
        ("s3a://bucket/*", "f.parquet", "images must be a path without any of"),
        ("images", "f[1].parquet", "output must be a path without any of"),
        ("images", "f.npz", "must have the extension .parquet with Spark"),
        ("", "f.parquet", "images must be a path"),
    ],
)
def test_addresses_that_spark_misunderstands_are_refused(images, output, expected):
    with pytest.raises(errors.InputError, match="found '") as caught:
        job.check(images, output)

    assert expected in str(caught.value)


def test_an_output_may_end_with_a_slash_as_a_shell_completes_it():
    job.check("images", "hdfs://host/features.parquet/")


@pytest.mark.parametrize("package", ["pyspark.sql", "pandas", "pyarrow"])
def test_a_missing_package_is_one_sentence(package, module, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)

    finished = program.run_here(
        *("embed", module.directory, f"--images={tmp_path}"),
        *(f"--output={tmp_path}/f.parquet", "--master=local[1]"),
    )

    sentence = program.check_refusal(finished)
    assert sentence.endswith("pip install 'efficientnet-hub[spark]'")


def test_images_are_found_in_any_case_of_letters():
    pattern = job._make_pattern()

    assert pattern.startswith("*{.[jJ][pP][gG],.[jJ][pP][eE][gG],")
    assert pattern.endswith("}")
