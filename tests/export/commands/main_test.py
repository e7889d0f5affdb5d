"""Tests the program as users run it: help, usage errors, exit statuses."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

import efficientnet_hub
from efficientnet_hub.export import inspection
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.commands import program

_ROOT = pathlib.Path(efficientnet_hub.__file__).parent
# In the order of the help.
_COMMANDS = {
    "export": ["--model=efficientnet-b0", "--weights=random", "--output=new"],
    "verify": ["module"],
    "inspect": ["module"],
    "classify": ["module", "photograph.jpg"],
    "evaluate": ["module", "--images=images"],
    "embed": ["module", "--images=images", "--output=features.npz"],
    "compare": ["module", "other"],
    "finetune": ["--module=module", "--images=images", "--output=new"],
    "repackage": ["module", "--output=new"],
    "build": ["modules.yaml", "--output=published"],
    "serve": ["published"],
    "install": ["module", "--handle=https://host/module/1"],
}
_EXPORT_LITE0 = ["export", "--model=efficientnet-lite0"]
_REQUIRED = ["--weights=random", "--output=new"]


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


@pytest.mark.parametrize("form", ["{}={}", "{} {}"])
@pytest.mark.parametrize(
    ("flag", "name", "value"),
    [
        ("--image-size", "image_size", 300),
        ("--image_size", "image_size", 300),
        ("--moving-averages", "moving_averages", "never"),
        ("--source-model", "source_model", "timm/efficientnet-b2-c_d"),
    ],
)
def test_a_flag_may_have_dashes_for_its_underscores(flag, name, value, form):
    words = ["", *_EXPORT_LITE0, *_REQUIRED, *form.format(flag, value).split()]

    assert getattr(main.parse(words), name) == value


def test_a_flag_without_a_value_may_have_dashes(capsys):
    words = ["", *_EXPORT_LITE0, *_REQUIRED, "--new-classifier"]

    assert main.parse(words).new_classifier

    with pytest.raises(SystemExit):
        main.parse([*words[:-1], "--new-classifier=yes"])
    assert "--new_classifier: ignored explicit argument" in capsys.readouterr().err


def test_words_after_two_dashes_are_no_flags():
    parsed = main.parse(["", "inspect", "--", "--new-module"])

    assert parsed.module == "--new-module"


@pytest.mark.parametrize("name", ["b2", "lite0", "efficientnet-b2"])
def test_a_model_may_lack_the_start_of_its_name(name):
    parsed = main.parse(["", "export", f"--model={name}", *_REQUIRED])

    assert parsed.model in ("efficientnet-b2", "efficientnet-lite0")


def test_the_version_is_the_packages(unwanted_tensorflow):
    printed = program.output("--version", **unwanted_tensorflow)

    assert printed.strip() == efficientnet_hub.__version__


@pytest.mark.parametrize("command", cases.slow_after(3, program.commands()))
def test_the_help_describes_every_argument(command, help_of):
    printed = help_of(command)
    words = set(printed.replace("[", " ").replace("]", " ").split())

    for action in program.actions(command).values():
        assert set(action.option_strings or [action.metavar]) <= words
        assert action.help
        if action.required and action.option_strings:
            assert f"[{action.option_strings[0]} " not in printed


@pytest.mark.parametrize("command", program.commands())
def test_the_help_ends_with_an_example_the_statuses_and_the_page(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main.parse(["", command, "--help"])

    end = capsys.readouterr().out.split("\nexample:\n  ")[1]
    example, _, statuses, page = end.splitlines()
    assert main.parse(shlex.split(example)).command
    assert re.fullmatch(
        r"exit status: 0 done,( 1 [a-z ]+,)? 2 .*; all: see docs/reliability\.md",
        statuses,
    )
    described = _ROOT / page.split("documentation: ")[1]
    assert f"efficientnet-hub {command}" in described.read_text()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("finetune", "A module is a program, and this command executes it"),
        ("verify", "A module is a program, and this command executes it"),
        ("classify", "A module is a program, and this command executes it"),
        ("compare", "A module is a program, and this command executes it"),
        ("inspect", "executes nothing"),
    ],
)
def test_the_help_says_what_is_executed(command, sentence, help_of):
    assert sentence in help_of(command)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    cases.slow_after(
        4,
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
            (
                ["export", "--model=efficientnet-b9", *_REQUIRED],
                "invalid choice: 'efficientnet-b9'",
            ),
            (
                [*_EXPORT_LITE0, "--task=detection", *_REQUIRED],
                "invalid choice: 'detection'",
            ),
            (
                [*_EXPORT_LITE0, "--moving_averages=no", *_REQUIRED],
                "invalid choice: 'no'",
            ),
        ],
    ),
)
def test_bad_usage_is_refused(arguments, sentence, unwanted_tensorflow):
    finished = program.run(*arguments, **unwanted_tensorflow)

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: efficientnet-hub")
    assert "Traceback" not in finished.stderr
    lines = finished.stderr.splitlines()
    # Others may say that the files of the example are missing.
    assert any(": error: " in line and sentence in line for line in lines), lines


def test_all_wrong_values_are_reported_at_once(unwanted_tensorflow):
    arguments = [
        "--model=b9",
        "--seed=x",
        "--image_size=1.5",
        "--task=a",
        "--verbosity=9",
    ]

    finished = program.run("export", *arguments, **unwanted_tensorflow)

    assert (finished.returncode, finished.stdout) == (2, "")
    start = "efficientnet-hub export: error: "
    found = [line for line in finished.stderr.splitlines() if line.startswith(start)]
    for line, expected in zip(
        found,
        [
            "argument --model: invalid choice: 'b9'",
            "argument --seed: invalid int value: 'x'",
            "argument --image_size: invalid int value: '1.5'",
            "argument --task: invalid choice: 'a'",
            "argument --verbosity: invalid choice: 9",
            "the following arguments are required: --weights, --output",
        ],
    ):
        assert line.startswith(start + expected)
    assert len(found) == 6


def test_wrong_values_are_reported_with_unknown_arguments(unwanted_tensorflow):
    arguments = ["--top=all", "--other", "module", "image"]

    finished = program.run("classify", *arguments, **unwanted_tensorflow)

    assert finished.returncode == 2
    start = "efficientnet-hub classify: error: "
    found = [line for line in finished.stderr.splitlines() if line.startswith(start)]
    assert found[:2] == [
        f"{start}argument --top: invalid int value: 'all'",
        f"{start}unrecognized arguments: --other",
    ]


# Each wrote a traceback, waited for a debugger, or had no effect.
@pytest.mark.parametrize(
    "flag",
    [
        *(
            "--profile_file=/nowhere/x",
            "--run_with_pdb",
            "--use_cprofile_for_profiling",
        ),
        *("--run_with_profiling", "--only_check_args", "--log_dir=/nowhere", "--v=1"),
        *("--vmodule=a=1", "--stderrthreshold=fatal", "--flagfile=/etc/passwd"),
        *("--undefok=a", "--logger_levels=a:debug", "--alsologtostderr"),
    ],
)
def test_flags_of_absl_are_unknown(flag, capsys):
    for arguments in ([flag, "inspect", "module"], ["inspect", "module", flag]):
        with pytest.raises(SystemExit) as exiting:
            main.parse(["efficientnet-hub", *arguments])

        assert exiting.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()[-1:]
        assert line.endswith(f": error: unrecognized arguments: {flag}")


@pytest.mark.parametrize(
    "arguments", [["--verbosity=1", "inspect", "m"], ["inspect", "m", "--verbosity=1"]]
)
def test_the_verbosity_may_be_given_anywhere(arguments):
    assert main.parse(["efficientnet-hub", *arguments]).verbosity == 1


@pytest.mark.parametrize(
    "command",
    cases.slow_after(
        2,
        [
            "export",
            "verify",
            "finetune",
            "repackage",
            "classify",
            "evaluate",
            "embed",
            "compare",
        ],
    ),
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


def test_a_current_folder_that_was_removed_is_a_sentence(tmp_path):
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    flags = ["--model=efficientnet-lite0", "--weights=random", "--output=new"]

    sentence = program.refusal(
        "export", *flags, under=["bash", "-c", script, str(tmp_path)]
    )

    assert "the current folder must exist, found that it was removed" in sentence


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
        "Hub format, found a SavedModel of TensorFlow 2: export a module from it, "
        "with --weights\n"
    )
