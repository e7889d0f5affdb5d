"""The program as its users run it: its exit status, and what it prints."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

import efficientnet_hub
from efficientnet_hub.export import exporter, inspection
from efficientnet_hub.export.commands import main
from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.export.verification import promise, verifier
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.verification import spoiling

_COMMANDS = {
    "serve": ["published"],
    "export": ["--model=efficientnet-b0", "--weights=random", "--output=new"],
    "finetune": ["--module=module", "--images=images", "--output=new"],
    "repackage": ["module", "--output=new"],
    "verify": ["module"],
    "inspect": ["module"],
    "classify": ["module", "photograph.jpg"],
}
_EXPORT_LITE0 = ["export", "--model=efficientnet-lite0"]


# A disk that has room for the graphs of lite0 only, not for its weights.
_ON_A_SMALL_DISK = ("bash", "-c", 'ulimit -f 4096 && exec "$@"', "bash")


def _run(*arguments, under=(), **environment) -> subprocess.CompletedProcess:
    """Runs the program in a process of its own, started by another if one is given."""
    inherited = dict(os.environ)
    inherited.pop("TF_CPP_MIN_LOG_LEVEL", None)  # The program sets it itself.
    return subprocess.run(
        [*under, sys.executable, "-m", "efficientnet_hub", *map(str, arguments)],
        env=dict(inherited, **environment),
        capture_output=True,
        text=True,
    )


def _output(*arguments, **options) -> str:
    """Returns what the program prints, having ended well and quietly."""
    finished = _run(*arguments, **options)
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def _refusal(*arguments, **options) -> str:
    """Returns the one sentence in which the program refuses, with status 2."""
    finished = _run(*arguments, **options)
    assert (finished.returncode, finished.stdout) == (2, ""), finished
    (sentence,) = finished.stderr.splitlines()
    assert sentence.startswith("efficientnet-hub: error: ")
    return sentence


def _tree(folder: pathlib.Path) -> dict[pathlib.Path, bytes | None]:
    """Returns the content of all that is below a folder."""
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture(scope="module")
def tensorflow(tmp_path_factory):
    """Returns a function that puts another package in the place of TensorFlow."""

    def _tensorflow(source: str) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("packages")
        (folder / "tensorflow.py").write_text(source)
        paths = [str(folder), os.environ.get("PYTHONPATH")]
        return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    return _tensorflow


@pytest.fixture(scope="module")
def unwanted_tensorflow(tensorflow):
    return tensorflow("raise AssertionError('TensorFlow was imported')")


@pytest.fixture(scope="module")
def missing_tensorflow(tensorflow):
    return tensorflow(
        "raise ModuleNotFoundError('No module named tensorflow', name='tensorflow')"
    )


# Help and bad usage, without TensorFlow.


@pytest.fixture(scope="module")
def help_of(unwanted_tensorflow):
    """Returns a function that gives a command's help, in one line."""

    def _help(*command: str) -> str:
        return " ".join(_output(*command, "--help", **unwanted_tensorflow).split())

    return _help


def test_the_help_names_the_commands(help_of):
    told = help_of()

    for command in _COMMANDS:
        assert f" {command} " in told


def test_the_version_is_the_packages(unwanted_tensorflow):
    printed = _output("--version", **unwanted_tensorflow)

    assert printed.strip() == efficientnet_hub.__version__


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        (
            "export",
            "--model --weights --output --task --num_classes --labels --image_size "
            "--preprocessing --archive --seed --overwrite --moving_averages "
            "--new_classifier",
        ),
        (
            "finetune",
            "--module --images --output --training_dir --epochs --batch --image_size "
            "--learning_rate --warm_up_epochs --patience --augmentation --held_out "
            "--seed --freeze --archive --overwrite",
        ),
        ("serve", "DIR --port --host"),
        ("repackage", "DIR_OR_ARCHIVE --output --labels --archive --overwrite"),
        ("verify", "DIR_OR_ARCHIVE --strict"),
        ("inspect", "DIR_OR_ARCHIVE"),
        ("classify", "DIR_OR_ARCHIVE IMAGE --top --json"),
    ],
)
def test_a_command_has_its_flags(command, flags, help_of):
    words = set(help_of(command).replace("[", " ").replace("]", " ").split())

    assert set(flags.split()) <= words


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("finetune", "executes the ops of the module, which is a program"),
        ("verify", "executes the ops of the module, which is a program"),
        ("classify", "executes the ops of the module, which is a program"),
        ("inspect", "executes nothing"),
    ],
)
def test_the_help_says_what_is_executed(command, sentence, help_of):
    assert sentence in help_of(command)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "arguments are required: COMMAND"),
        (["publish"], "invalid choice: 'publish'"),
        (["inspect"], "arguments are required: DIR_OR_ARCHIVE"),
        (["inspect", "module", "--deeply"], "unrecognized arguments: --deeply"),
        (["classify", "module"], "arguments are required: IMAGE"),
        (["classify", "module", "image", "--top=all"], "invalid int value: 'all'"),
        (["export"], "arguments are required: --model, --weights, --output"),
        (["finetune"], "arguments are required: --module, --images, --output"),
        (["serve"], "arguments are required: DIR"),
        (["serve", "published", "--port=http"], "invalid int value: 'http'"),
        (["repackage", "module"], "arguments are required: --output"),
        (["export", "--model=efficientnet-b9"], "invalid choice: 'efficientnet-b9'"),
        ([*_EXPORT_LITE0, "--task=detection"], "invalid choice: 'detection'"),
        ([*_EXPORT_LITE0, "--preprocessing=no"], "invalid choice: 'no'"),
    ],
)
def test_bad_usage_is_refused(arguments, sentence, unwanted_tensorflow):
    finished = _run(*arguments, **unwanted_tensorflow)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: efficientnet-hub")
    assert "Traceback" not in finished.stderr
    last_line = finished.stderr.splitlines()[-1]
    assert ": error: " in last_line
    assert sentence in last_line


@pytest.mark.parametrize(
    "command", ["export", "finetune", "repackage", "verify", "classify"]
)
def test_a_missing_tensorflow_is_told(command, missing_tensorflow):
    sentence = _refusal(command, *_COMMANDS[command], **missing_tensorflow)

    assert "needs the package 'tensorflow', which is missing: pip install" in sentence


@pytest.mark.parametrize(
    "command",
    [
        ["finetune", "--images=images", "--output=new", "--module={}"],
        ["repackage", "--output=new", "{}"],
        ["verify", "{}"],
        ["inspect", "{}"],
        ["classify", "{}", "photograph.jpg"],
    ],
    ids=lambda command: command[0],
)
def test_an_address_is_refused_with_how_to_get_the_archive(command, capsys):
    address = "https://host/lite0/1"

    argv = [argument.format(address) for argument in command]
    assert main.main(main.parse(["", *argv])) == 2

    told = capsys.readouterr().err
    assert "found an address: get it by curl" in told
    assert f"'{address}?tf-hub-format=compressed'" in told


# export


@pytest.fixture(scope="module")
def feature_vector_module(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("features") / "module")


@pytest.fixture(scope="module")
def printed(feature_vector_module) -> list[str]:
    """The lines that the export of a feature-vector module prints."""
    return _output(
        *_EXPORT_LITE0,
        "--weights=random",
        "--task=feature-vector",
        "--output=" + feature_vector_module,
        f"--archive={feature_vector_module}.tar.gz",
    ).splitlines()


def test_an_export_says_what_it_wrote(printed, feature_vector_module):
    written = [feature_vector_module + end for end in ("", ".md", ".tar.gz")]

    assert printed[-3:] == ["wrote " + path for path in written]
    assert all(map(os.path.exists, written))


def test_an_export_says_that_random_weights_are_untrained(printed):
    assert "untrained" in printed[0]


def test_a_module_is_repackaged(printed, feature_vector_module, tmp_path):
    output, archive = str(tmp_path / "again"), str(tmp_path / "again.tar.gz")

    told = _output(
        "repackage", feature_vector_module, "--output=" + output, "--archive=" + archive
    )

    written = [output, output + ".md", archive]
    assert told.splitlines()[-3:] == ["wrote " + path for path in written]
    assert all(map(os.path.exists, written))


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_has_seen_enough_is_no_error(lines, module):
    program = (
        "from efficientnet_hub.export import inspection\n"
        "from efficientnet_hub.export.commands import main\n"
        "inspection.inspect_module = lambda *arguments: %d * 'line\\n'\n"
        "main.run()" % lines
    )
    reader, writer = os.pipe()
    os.close(reader)
    finished = subprocess.run(
        [sys.executable, "-c", program, "inspect", module.directory],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)

    assert finished.returncode == 141
    assert finished.stderr == ""


def test_an_interruption_is_told_without_a_traceback(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(inspection, "inspect_module", interrupted)

    assert main.main(main.parse(["efficientnet-hub", "inspect", "module"])) == 130
    assert capsys.readouterr().err == "efficientnet-hub: interrupted\n"


def test_what_cannot_be_repackaged_leaves_nothing_behind(tmp_path):
    sentence = _refusal("repackage", tmp_path, "--output=%s" % (tmp_path / "again"))

    assert "must be a directory of a module in the TF1 Hub format" in sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        "verify {}",
        "inspect {}",
        "classify {} photograph.jpg",
        "repackage {} --output=out",
        "finetune --module={} --images=photographs --output=out",
    ],
)
def test_a_saved_model_is_told_what_the_command_wants(
    command, saved_model_2, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for name in ("cat/0.jpg", "cat/1.jpg", "dog/2.jpg", "dog/3.jpg"):
        path = tmp_path / "photographs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff" + name.encode())  # JPEG, by its first bytes.
    argv = ["", *command.format(saved_model_2).split()]

    assert main.main(main.parse(argv)) == 2

    assert capsys.readouterr().err == (
        f"efficientnet-hub: error: '{saved_model_2}' must be a module in the TF1 "
        "Hub format, found a SavedModel of TensorFlow 2: export it with "
        "--format=hub\n"
    )


def test_every_flag_reaches_the_export(monkeypatch):
    received = {}

    def _export_module(**options):
        received.update(options)
        return exporter.ExportedModule("module", "card", None, [], documentation=None)

    monkeypatch.setattr(exporter, "export_module", _export_module)
    values = {
        "model": "efficientnet-b2",
        "weights": "model.ckpt",
        "output": "module",
        "task": "classification",
        "num_classes": 3,
        "labels": "labels.txt",
        "image_size": 300,
        "preprocessing": "advprop",
        "archive": "module.tar.gz",
        "seed": 7,
        "moving_averages": "never",
        "format": "savedmodel",
    }
    flags = ["--{}={}".format(*item) for item in values.items()]

    arguments = main.parse(["", "export", *flags, "--overwrite", "--new_classifier"])

    assert arguments.command(arguments) == 0
    assert received == dict(values, overwrite=True, new_classifier=True)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("--weights=random --output={0}/there", "there' exists already"),
        ("--weights=random --output={0}/file/module", "folder that can be written"),
        ("--weights=random --output={0}/a/module --labels={0}/none", "labels file"),
        ("--weights={0}/none/model.ckpt --output={0}/a/module", "none/model.ckpt"),
    ],
    ids=["existing", "unwritable", "labels", "weights"],
)
def test_an_export_that_is_refused_leaves_nothing_behind(flags, sentence, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("mine")
    (tmp_path / "file").write_text("no folder")
    before = _tree(tmp_path)

    refusal = _refusal(
        *_EXPORT_LITE0, *flags.format(tmp_path).split(), TMPDIR=str(tmp_path)
    )

    assert sentence in refusal
    assert _tree(tmp_path) == before


def test_a_full_disk_is_told_and_nothing_stays_on_it(tmp_path):
    flags = ["--weights=random", "--output=%s" % (tmp_path / "a" / "module")]

    sentence = _refusal(*_EXPORT_LITE0, *flags, under=_ON_A_SMALL_DISK)

    assert "is the disk full?" in sentence
    assert not list(tmp_path.iterdir())


# verify


@pytest.mark.slow
def test_a_good_archive_keeps_its_promises(tmp_path):
    module = spoiling.write(tmp_path / "module")
    packed = str(tmp_path / "module.tar.gz")
    archive_writer.write_archive(module, packed)

    lines = _output("verify", packed, "--strict").splitlines()

    assert lines[-1] == f"{packed} keeps its promises"
    assert {line.split()[0] for line in lines[:-1]} == {"ok"}


def test_the_promise_that_a_module_breaks_is_named(tmp_path):
    serve_alone = spoiling.meta_graphs()[2:]
    module = spoiling.write(tmp_path / "module", serve_alone)

    finished = _run("verify", module)

    assert finished.returncode == 1
    assert finished.stderr.splitlines()[0] == (
        'efficientnet-hub: FAILED       has graphs tagged {} and {"train"}: '
        "there is no graph tagged {}"
    )
    assert "keeps its promises" not in finished.stdout


@pytest.mark.parametrize("strict", [False, True])
def test_an_absent_part_fails_when_strict(strict, monkeypatch, capsys):
    absence = promise.Finding("names its classes", promise.Outcome.ABSENT)
    monkeypatch.setattr(
        verifier,
        "verify_module",
        lambda path, strict: promise.Report([absence], strict),
    )

    arguments = main.parse(["", "verify", "module"] + ["--strict"] * strict)

    assert arguments.command(arguments) == (1 if strict else 0)
    assert "absent       names its classes" in capsys.readouterr().out


def test_what_is_no_module_is_refused(tmp_path):
    assert "tfhub_module.pb cannot be read" in _refusal("verify", tmp_path)


# inspect


@pytest.mark.parametrize("form", ["directory", "archive"])
def test_inspect_tells_what_a_module_is(form, module, unwanted_tensorflow):
    told = inspection.inspect_module(module.directory)

    printed = _output("inspect", getattr(module, form), **unwanted_tensorflow)

    assert printed == told + "\n"


def test_inspect_imports_neither_tensorflow_nor_numpy(module):
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.export.commands import main\n"
        f"status = main.main(main.parse(['', 'inspect', {module.directory!r}]))\n"
        "print(status, {'tensorflow', 'numpy'} & set(sys.modules))"
    )

    assert printed.splitlines()[-1] == "0 set()"


def test_inspect_refuses_what_is_no_module(tmp_path, unwanted_tensorflow):
    assert "tfhub_module.pb cannot be read" in _refusal(
        "inspect", tmp_path, **unwanted_tensorflow
    )


def test_inspect_needs_protobuf(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "google.protobuf", None)

    assert main.main(main.parse(["", "inspect", "module"])) == 2

    sentence = capsys.readouterr().err
    assert "error: reading modules needs the package 'protobuf'" in sentence


# classify


def test_photographs_are_classified_in_json(lite0, photographs):
    paths = [photograph.path for photograph in photographs]

    results = json.loads(_output("classify", lite0.directory, *paths, "--json"))

    assert [result["image"] for result in results] == paths
    for result, photograph in zip(results, photographs):
        assert len(result["predictions"]) == 5
        first = result["predictions"][0]
        assert first == {
            "index": photograph.index,
            "name": photograph.name,
            "probability": pytest.approx(photograph.probability, abs=0.01),
        }


def test_photographs_are_classified_for_people(lite0, photographs):
    path = photographs[1].path

    lines = _output("classify", lite0.archive, path, "--top=2").splitlines()

    assert len(lines) == 3
    assert lines[0] == path
    assert lines[1].startswith("  0.7")
    assert lines[1].endswith("  Egyptian cat (285)")


def test_a_text_is_no_photograph(module, tmp_path):
    path = tmp_path / "photograph.jpg"
    path.write_text("a text")

    assert f"'{path}' must be a JPEG or PNG file" in _refusal(
        "classify", module.directory, path
    )


def test_a_feature_vector_module_classifies_nothing(
    printed, feature_vector_module, photographs
):
    assert "is it a feature-vector module?" in _refusal(
        "classify", feature_vector_module, photographs[0].path
    )
