"""Tests `verify`: its flags, what it prints, and its exit status."""

from __future__ import annotations

import json
import pathlib

import pytest

from efficientnet_hub.export.collection import comparison
from efficientnet_hub.export.commands import main
from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.export.verification import promise, verifier
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.verification import spoiling

_LIST = """
defaults: {model: lite0, weights: random, image_size: 32, num_classes: 2}
modules: [{handle: me/small}]
"""


@pytest.mark.slow
def test_a_good_archive_keeps_its_promises(tmp_path):
    module = spoiling.write(tmp_path / "module")
    packed = str(tmp_path / "module.tar.gz")
    archive_writer.write_archive(module, packed)

    lines = program.output("verify", packed, "--strict").splitlines()

    assert lines[-1] == f"{packed} keeps its promises"
    assert {line.split()[0] for line in lines[:-1]} == {"ok"}


def test_the_promise_that_a_module_breaks_is_named(tmp_path):
    serve_alone = spoiling.meta_graphs()[2:]
    module = spoiling.write(tmp_path / "module", serve_alone)

    finished = program.run_here("verify", module)

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


def test_what_is_not_checked_is_counted(monkeypatch, capsys):
    needs = "needs hub.Module, of tensorflow_hub < 0.16"
    findings = [
        promise.Finding("computes", promise.Outcome.KEPT),
        promise.Finding("fine-tunes", promise.Outcome.UNCHECKED, needs),
        promise.Finding("drops features", promise.Outcome.UNCHECKED, needs),
    ]
    monkeypatch.setattr(
        verifier, "verify_module", lambda path, strict: promise.Report(findings, strict)
    )

    arguments = main.parse(["", "verify", "module", "--strict"])

    assert arguments.command(arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "module keeps its promises, as far as this environment can check them: "
        f"not checked 2 of 3 ({needs})"
    )


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_findings_are_one_json_document(is_kept, monkeypatch, capsys):
    outcome = promise.Outcome.KEPT if is_kept else promise.Outcome.BROKEN
    finding = promise.Finding("computes", outcome, "found NaN")
    monkeypatch.setattr(
        verifier, "verify_module", lambda path, strict: promise.Report([finding])
    )

    arguments = main.parse(["", "verify", "module", "--json"])

    assert arguments.command(arguments) == (0 if is_kept else 1)
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "command": "verify",
        "module": "module",
        "passed": is_kept,
        "differences": [],
        "promises": [
            {"promise": "computes", "outcome": outcome.value, "detail": "found NaN"}
        ],
    }


@pytest.fixture(name="published")
def _published(tmp_path) -> pathlib.Path:
    """A folder with the archive, the page and the manifest of a module."""
    listed = tmp_path / "list.yaml"
    listed.write_text(_LIST)
    folder = tmp_path / "published"
    assert program.run_here("build", listed, f"--output={folder}").returncode == 0
    return folder / "me" / "small"


@pytest.mark.slow
def test_hashes_are_compared_without_tensorflow(published, unwanted_tensorflow):
    arguments = [published / "1.tar.gz", f"--manifest={published / '1.manifest.json'}"]
    arguments += ["--hashes_only"]

    printed = program.output("verify", *arguments, **unwanted_tensorflow)

    assert printed == (
        f"{published / '1.tar.gz'} has the hashes of {published / '1.manifest.json'}\n"
    )
    with open(str(published / "1.tar.gz"), "ab") as file:
        file.write(b"\0")
    finished = program.run("verify", *arguments, "--json", **unwanted_tensorflow)
    assert finished.returncode == 1
    found = json.loads(finished.stdout)
    assert (found["passed"], found["promises"]) == (False, [])
    assert "must have SHA-256" in found["differences"][0]
    assert found["differences"][0] in finished.stderr


def test_hashes_alone_need_a_manifest(module):
    sentence = program.check_refusal(
        program.run_here("verify", module.directory, "--hashes-only")
    )

    assert "hashes_only must be given with a manifest, found none" in sentence


def test_what_is_no_module_is_refused(tmp_path):
    sentence = program.check_refusal(program.run_here("verify", tmp_path))

    assert "found no file tfhub_module.pb in it" in sentence


def test_every_argument_reaches_the_verification(monkeypatch):
    received = {}

    def verify_module(module, strict):
        received.update(module=module, strict=strict)
        return promise.Report([], strict)

    def differences(path, module):
        assert module == "module"
        received.update(manifest=path)
        return []

    monkeypatch.setattr(verifier, "verify_module", verify_module)
    monkeypatch.setattr(comparison, "find_differences", differences)
    samples = {"module": "module", "strict": True, "manifest": "1.manifest.json"}
    others = {"hashes_only": True, "json": True}
    arguments = main.parse(program.argv("verify", {**samples, **others}))

    assert main.main(arguments) == 0
    assert received == {"manifest": "1.manifest.json"}
    arguments.hashes_only = False
    assert main.main(arguments) == 0

    assert received == samples
