"""Tests the program as users run it: help, usage errors, exit statuses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import efficientnet_hub
from efficientnet_hub.export import inspection
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program

# In the order of the help.
_COMMANDS = {
    "export": ["--model=efficientnet-b0", "--weights=random", "--output=new"],
    "verify": ["module"],
    "inspect": ["module"],
    "classify": ["module", "photograph.jpg"],
    "finetune": ["--module=module", "--images=images", "--output=new"],
    "repackage": ["module", "--output=new"],
    "build": ["modules.yaml", "--output=published"],
    "serve": ["published"],
}
_EXPORT_LITE0 = ["export", "--model=efficientnet-lite0"]


@pytest.fixture(scope="module")
def help_of(unwanted_tensorflow):
    """Returns a function that gives a command's help, in one line."""

    def _help(*command: str) -> str:
        return " ".join(
            program.output(*command, "--help", **unwanted_tensorflow).split()
        )

    return _help


def test_the_help_names_the_commands(help_of):
    printed = help_of()

    places = [printed.index(f" {command} ") for command in program.commands()]
    assert places == sorted(places)


def test_the_version_is_the_packages(unwanted_tensorflow):
    printed = program.output("--version", **unwanted_tensorflow)

    assert printed.strip() == efficientnet_hub.__version__


@pytest.mark.parametrize("command", program.commands())
def test_the_help_describes_every_argument(command, help_of):
    printed = help_of(command)
    words = set(printed.replace("[", " ").replace("]", " ").split())

    for action in program.actions(command).values():
        assert set(action.option_strings or [action.metavar]) <= words
        assert action.help


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("finetune", "The module is a program, and this command executes it"),
        ("verify", "The module is a program, and this command executes it"),
        ("classify", "The module is a program, and this command executes it"),
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
        (["inspect", "module", "--helpf"], "unrecognized arguments: --helpf"),
        (["--vers"], "arguments are required: COMMAND"),
        (["serve", "published", "--port=http"], "invalid int value: 'http'"),
        (["repackage", "module"], "arguments are required: --output"),
        (["export", "--model=efficientnet-b9"], "invalid choice: 'efficientnet-b9'"),
        ([*_EXPORT_LITE0, "--task=detection"], "invalid choice: 'detection'"),
        ([*_EXPORT_LITE0, "--preprocessing=no"], "invalid choice: 'no'"),
    ],
)
def test_bad_usage_is_refused(arguments, sentence, unwanted_tensorflow):
    finished = program.run(*arguments, **unwanted_tensorflow)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: efficientnet-hub")
    assert "Traceback" not in finished.stderr
    last_line = finished.stderr.splitlines()[-1]
    assert ": error: " in last_line
    assert sentence in last_line


@pytest.mark.parametrize(
    "command", ["export", "finetune", "repackage", "verify", "classify"]
)
def test_a_missing_tensorflow_is_reported(command, missing_tensorflow):
    sentence = program.refusal(command, *_COMMANDS[command], **missing_tensorflow)

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

    printed = capsys.readouterr().err
    assert "found an address: get it by curl" in printed
    assert f"'{address}?tf-hub-format=compressed'" in printed


@pytest.mark.parametrize("lines", [1, 100_000])
def test_closed_output_is_not_an_error(lines, module):
    program = (
        "from efficientnet_hub.export import inspection\n"
        "from efficientnet_hub.export.commands import main\n"
        f"inspection.inspect_module = lambda *arguments: {lines} * 'line\\n'\n"
        "main.run()"
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


def test_an_interruption_is_reported_without_a_traceback(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(inspection, "inspect_module", interrupted)

    assert main.main(main.parse(["efficientnet-hub", "inspect", "module"])) == 130
    assert capsys.readouterr().err == "efficientnet-hub: interrupted\n"


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
def test_a_saved_model_is_refused_with_the_command_that_exports(
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
