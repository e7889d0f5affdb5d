"""Wrong arguments are refused before TensorFlow is imported, all of them at once."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub.tests.export.commands import program


@pytest.fixture(scope="module", name="slow_tensorflow")
def _slow_tensorflow(tmp_path_factory) -> dict[str, str]:
    """A TensorFlow that is installed, and must not be imported."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(
        "raise AssertionError('TensorFlow was imported')"
    )
    paths = [str(folder), os.environ.get("PYTHONPATH")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


_EXPORT = ["export", "--model=efficientnet-b0"]


@pytest.mark.parametrize(
    ("command", "sentences"),
    [
        (
            [*_EXPORT, "--weights=none", "--output=", "--num_classes=0", "--seed=-1"],
            [
                "num_classes must be a positive integer, found 0",
                "seed must be",
                "found no checkpoint at 'none'",
                "output must be a path, found ''",
            ],
        ),
        (
            [*_EXPORT, "--weights=random", "--output=new", "--labels=none"],
            ["labels file 'none' must be"],
        ),
        (
            ["classify", "none", "cat.jpg", "dog.jpg", "--top=0"],
            ["top must be", "'none' must be a module", "'cat.jpg'", "'dog.jpg'"],
        ),
        (
            ["repackage", "none", "--output=s3://a", "--labels=no"],
            [
                "'none' must be a module",
                "labels file 'no'",
                "found the address 's3://a'",
            ],
        ),
        (
            ["finetune", "--module=none", "--images=no", "--output=new"],
            ["'none' must be a module", "'no' must be a folder"],
        ),
        (
            ["finetune", "--module=a", "--images=b", "--output=c", "--epochs=0"]
            + ["--held_out=2", "--learning_rate=nan"],
            ["epochs must be", "learning_rate must be", "held_out must be"],
        ),
        (["verify", "none"], ["'none' must be a module"]),
        (
            ["build", "none", "--output=", "--jobs=0"],
            ["jobs must be", "output must be"],
        ),
        (["build", "none", "--output=out"], ["'none' must be a YAML file"]),
    ],
)
def test_all_wrong_arguments_are_refused_at_once(
    command, sentences, slow_tensorflow, tmp_path
):
    finished = program.run(
        *command, under=["env", f"--chdir={tmp_path}"], **slow_tensorflow
    )

    assert (finished.returncode, finished.stdout) == (2, ""), finished.stderr
    lines = finished.stderr.splitlines()
    assert len(lines) == len(sentences), lines
    for line, sentence in zip(lines, sentences):
        assert line.startswith("efficientnet-hub: error: ") and sentence in line
    assert os.listdir(tmp_path) == []
