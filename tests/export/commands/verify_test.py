"""Tests `verify`: its flags, what it prints, and its exit status."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.collection import comparison
from efficientnet_hub.export.commands import main
from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.export.verification import promise, verifier
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.verification import spoiling


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

    assert main.main(main.parse(program.argv("verify", samples))) == 0

    assert received == samples
