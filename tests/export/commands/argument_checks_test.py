"""Wrong arguments are refused before TensorFlow is imported, all of them at once."""

from __future__ import annotations

import os

import pytest
from PIL import Image

from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export import attaching
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
    cases.slow_after(
        3,
        [
            (
                [
                    *_EXPORT,
                    "--weights=none",
                    "--output=",
                    "--num_classes=0",
                    "--seed=-1",
                ],
                [
                    "num_classes must be a positive integer, found 0",
                    "seed must be",
                    "found no checkpoint at 'none'",
                    "output must be a path, found ''",
                ],
            ),
            (
                [*_EXPORT, "--weights=none", "--output=new", "--archive=new.zip"],
                [
                    "found no checkpoint at 'none'",
                    "archive must end in .tar.gz or .tgz, found 'new.zip'",
                ],
            ),
            (
                [*_EXPORT, "--weights=lite", "--output=", "--seed=-1"],
                [
                    "seed must be",
                    "weights 'lite' must be of one of efficientnet-lite0",
                    "output must be a path, found ''",
                ],
            ),
            (
                [*_EXPORT, "--weights=random", "--output=new", "--labels=none"],
                ["labels file 'none' must be"],
            ),
            (
                ["classify", "none", "cat.jpg", "dog.jpg", "--top=1000000000"],
                [
                    "top must be at most 1000000, found 1000000000",
                    "'none' must be a module",
                    "'cat.jpg'",
                    "'dog.jpg'",
                ],
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
                ["epochs must be", "learning_rate must be", "held_out must be"]
                + ["'a' must be a module", "'b' must be a folder"],
            ),
            (["verify", "none"], ["'none' must be a module"]),
            (
                ["build", "none", "--output=", "--jobs=0"],
                ["jobs must be", "output must be", "'none' must be a YAML file"],
            ),
            (["build", "none", "--output=out"], ["'none' must be a YAML file"]),
            (
                ["convert", "random", "w.bin", "--to=pth", "--model=efficientnet-b0"]
                + ["--preprocessing=nan,0,0/1,1,1", "--source_model=timm/nothing"],
                [
                    "library must be one of timm",
                    "ends with '.pth'",
                    "preprocessing must be",
                ]
                + ["source_model must be"],
            ),
            (
                [*_EXPORT, "--weights=random", "--output=new", "--source_model=no"],
                ["source_model must be"],
            ),
            (
                [*_EXPORT, "--weights=random", "--output=new", "--labels=new.md"],
                ["labels file 'new.md'", "must lie apart from the labels"],
            ),
            (
                ["serve", "none", "--port=65536", "--host="],
                ["'none' must be the folder", "port must be", "host must be"],
            ),
        ],
    ),
)
def test_all_wrong_arguments_are_refused_at_once(
    command, sentences, slow_tensorflow, tmp_path
):
    _expect_refusal(command, sentences, slow_tensorflow, tmp_path)
    assert os.listdir(tmp_path) == []


def _expect_refusal(command, sentences, slow_tensorflow, tmp_path) -> None:
    finished = program.run(
        *command, under=["env", f"--chdir={tmp_path}"], **slow_tensorflow
    )

    assert (finished.returncode, finished.stdout) == (2, ""), finished.stderr
    lines = finished.stderr.splitlines()
    assert len(lines) == len(sentences), lines
    for line, sentence in zip(lines, sentences):
        assert line.startswith("efficientnet-hub: error: ") and sentence in line


@pytest.mark.parametrize(
    ("command", "sentences"),
    cases.slow_after(
        3,
        [
            (
                ["export", "--model=b9", "--num_classes=0", "--output=new", "--seed=a"]
                + ["--labels=none", "--overwrite=yes", "--preprocessing"],
                [
                    "argument --overwrite: ignored explicit argument 'yes'",
                    "argument --model: invalid choice: 'b9'",
                    "argument --seed: invalid int value: 'a'",
                    "argument --preprocessing: expected one argument",
                    "the following arguments are required: --weights",
                    "num_classes must be a positive integer, found 0",
                    "labels file 'none' must be",
                ],
            ),
            (
                [
                    "export",
                    "--task=none",
                    "--new_classifier",
                    "--weights=no",
                    "--other",
                ],
                [
                    "argument --task: invalid choice: 'none'",
                    "the following arguments are required: --model, --output",
                    "unrecognized arguments: --other",
                    "found no checkpoint at 'no'",
                ],
            ),
            (
                [
                    "finetune",
                    "--module=a",
                    "--epochs=x",
                    "--held_out=2",
                    "--output=new",
                ],
                [
                    "argument --epochs: invalid int value: 'x'",
                    "the following arguments are required: --images",
                    "held_out must be between 0 and 1",
                    "'a' must be a module",
                ],
            ),
            (
                ["finetune", "--output=/proc/new", "--seed=1.5"],
                [
                    "argument --seed: invalid int value: '1.5'",
                    "the following arguments are required: --module, --images",
                    "nothing can be created in '/proc'",
                ],
            ),
            (
                ["classify", "none", "--top=1.5"],
                [
                    "argument --top: invalid int value: '1.5'",
                    "the following arguments are required: IMAGE",
                    "'none' must be a module",
                ],
            ),
            (
                ["repackage", "none", "--archive=s3://a", "--labels=no"],
                [
                    "the following arguments are required: --output",
                    "'none' must be a module",
                    "labels file 'no'",
                ],
            ),
            (
                ["convert", "none", "w.bin", "--to=onnx", "--library=timm"]
                + ["--model=efficientnet-b0", "--preprocessing=a"],
                [
                    "argument --to: invalid choice: 'onnx'",
                    "found no checkpoint at 'none'",
                    "preprocessing must be",
                ],
            ),
            (
                ["build", "none", "--jobs=0", "--output=", "--verbosity=9"],
                [
                    "argument --verbosity: invalid choice: 9",
                    "jobs must be at least 1",
                    "output must be a path",
                    "'none' must be a YAML file",
                ],
            ),
            (
                ["serve", "none", "--port=http", "--host="],
                [
                    "argument --port: invalid int value: 'http'",
                    "'none' must be the folder",
                    "host must be an address",
                ],
            ),
            (
                ["--nothing", "verify", "none"],
                ["unrecognized arguments: --nothing", "'none' must be a module"],
            ),
        ],
    ),
)
def test_mistakes_of_usage_are_reported_with_all_others(
    command, sentences, slow_tensorflow, tmp_path
):
    finished = program.run(
        *command, under=["env", f"--chdir={tmp_path}"], **slow_tensorflow
    )

    assert (finished.returncode, finished.stdout) == (2, ""), finished.stderr
    lines = [line for line in finished.stderr.splitlines() if ": error: " in line]
    assert len(lines) == len(sentences), lines
    for line, sentence in zip(lines, sentences):
        assert sentence in line
    assert os.listdir(tmp_path) == []


# Nobody can create anything there, although the permissions of root allow it.
_EXPORT_RANDOM = [*_EXPORT, "--weights=random"]
_NOTHING = "nothing can be created in '/proc"


@pytest.mark.parametrize(
    ("command", "sentences"),
    cases.slow_after(
        3,
        [
            ([*_EXPORT_RANDOM, "--output=/proc/new"], [_NOTHING]),
            ([*_EXPORT_RANDOM, "--output=/proc/self/new", "--format=both"], [_NOTHING]),
            ([*_EXPORT_RANDOM, "--output=new", "--archive=/proc/new.tgz"], [_NOTHING]),
            (
                ["convert", "random", "/proc/new.pth", "--to=pth", "--library=timm"]
                + ["--model=efficientnet-b0"],
                [_NOTHING],
            ),
            (
                ["repackage", "none", "--output=new", "--archive=/proc/new.tgz"],
                ["'none' must be a module", _NOTHING],
            ),
            (
                ["finetune", "--module=none", "--images=no", "--output=/proc/new"],
                ["'none' must be a module", "'no' must be a folder", _NOTHING],
            ),
            (
                ["finetune", "--module=none", "--images=no", "--output=new"]
                + ["--training_dir=/proc/new"],
                ["'none' must be a module", "'no' must be a folder", _NOTHING],
            ),
            (
                ["build", "none", "--output=/proc/new"],
                [_NOTHING, "'none' must be a YAML file"],
            ),
        ],
    ),
)
def test_places_where_nothing_can_be_created_are_refused_at_once(
    command, sentences, slow_tensorflow, tmp_path
):
    _expect_refusal(command, sentences, slow_tensorflow, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.fixture(name="inputs")
def _inputs(module, tmp_path) -> dict[str, str]:
    """Inputs by name, in a folder where nothing else may be written."""
    paths = {name: str(tmp_path / name) for name in ("wrong", "photographs", "png")}
    attaching.copy(module.directory, paths["wrong"], "class_names", ["a", "b"])
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        os.makedirs(os.path.dirname(f"{paths['photographs']}/{name}"), exist_ok=True)
        Image.new("RGB", (1, 1)).save(f"{paths['photographs']}/{name}")
    os.rename(f"{paths['photographs']}/a/1.png", paths["png"])
    paths["hub_folder"] = str(tmp_path / "hub_folder")
    os.makedirs(paths["hub_folder"])
    with open(f"{paths['hub_folder']}/model.safetensors", "wb"):
        pass
    return dict(paths, module=module.directory, archive=module.archive)


_NAMES = "as many names in its attached message 'class_names'"
_FINETUNE = ["finetune", "--images={photographs}"]


@pytest.mark.parametrize(
    ("command", "sentences"),
    cases.slow_after(
        3,
        [
            (["classify", "{wrong}", "{png}"], [_NAMES]),
            (["repackage", "{wrong}", "--output=new"], [_NAMES]),
            (
                ["repackage", "{module}", "--output=new", "--labels={png}"],
                ["labels file '"],
            ),
            (
                ["repackage", "{wrong}", "--output={wrong}", "--overwrite"],
                [_NAMES, "must lie apart from the module"],
            ),
            (
                [*_FINETUNE, "--module={wrong}", "--output=new"],
                [_NAMES, "at least two"],
            ),
            (
                [*_FINETUNE, "--module={archive}", "--output={photographs}/new"],
                ["at least two photographs", "must lie apart from the photographs"],
            ),
            (
                [*_FINETUNE, "--module={module}", "--output=new", "--training_dir=."],
                ["at least two photographs", "'.' must lie apart from the photographs"],
            ),
            (["verify", "{module}", "--manifest=none"], ["'none' must be a manifest"]),
            (
                ["convert", "{module}", "{module}/new", "--to=checkpoint"],
                ["must lie outside of other modules"],
            ),
            (
                ["convert", "{module}", "{png}", "--to=checkpoint"],
                ["exists already: give another path"],
            ),
            (
                [*_EXPORT, "--output=new", "--weights={hub_folder}"],
                [
                    "must hold config.json and model.safetensors",
                ],
            ),
            (["verify", "{png}"], ["'{png}' must be a whole .tar.gz"]),
        ],
    ),
)
def test_wrong_files_are_refused_before_the_import(
    command, sentences, inputs, slow_tensorflow, tmp_path
):
    before = sorted(os.listdir(tmp_path))
    command = [each.format(**inputs) for each in command]
    sentences = [each.format(**inputs) for each in sentences]

    _expect_refusal(command, sentences, slow_tensorflow, tmp_path)

    assert sorted(os.listdir(tmp_path)) == before
