"""The compatibility table contains the tests that passed, or is not written."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

from efficientnet_hub.export.pages import compatibility_table as packaged
from efficientnet_hub.tests.compat import compatibility_table

_SCRIPT = pathlib.Path(__file__).resolve().with_name("compatibility_table.py")
_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PASSED = "<testcase classname='{use}' name='test'/>"
_SKIPPED = "<testcase classname='{use}' name='test'><skipped/></testcase>"


def test_the_committed_page_is_made_from_the_committed_json():
    committed = (_ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    text = pathlib.Path(packaged.PATH).read_text(encoding="utf-8")
    table = json.loads(text)

    assert compatibility_table.to_markdown(table) == committed
    assert compatibility_table.to_json(table) == text


def test_counts_checks_and_names_uses(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED] * 3, "fine_tuning_consumer")

    page, table = _run(
        tmp_path, ["2.15.1"], ["1.15.5"], ["1.15.5:onnx_consumer", "1:tflite_consumer"]
    )

    assert "| 2.15.1 | 3 |" in page
    assert "| `hub.Module`: fine-tuning | yes |" in page
    assert "| `hub.load` | not tried |" in page
    assert "| `serve`: converted to TensorFlow Lite | not tried |" in page
    assert "run by ONNX Runtime | not offered by this version |" in page
    assert "*   1.15.5: TensorFlow 1.15.5, tensorflow_hub 0.12.0" in page
    assert table["builders"] == [
        {"name": "2.15.1", "same_bytes_as": None, "checks": {"1.15.5": 3}}
    ]
    assert [use["title"] for use in table["uses"] if use["works_in"]] == [
        "`hub.Module`: fine-tuning"
    ]


def test_a_use_works_if_it_passed_with_the_modules_of_all_builders(tmp_path):
    for builder, use in (("2.15.1", "hub_load_consumer"), ("2.21.0", "onnx_consumer")):
        cases = [_PASSED, _PASSED.format(use="tflite_consumer")]
        _write_report(tmp_path, "2.15.1", builder, cases, use)

    _, table = _run(tmp_path, ["2.15.1", "2.21.0"], ["2.15.1"])

    assert [use["title"] for use in table["uses"] if use["works_in"]] == [
        "`serve`: converted to TensorFlow Lite"
    ]


def test_refuses_a_cell_that_was_not_tested(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED])

    error = _fail(tmp_path, builders=["2.15.1"], consumers=["1.13.1", "1.15.5"])

    assert "1.13.1 did not use the modules of 2.15.1" in error


def test_refuses_a_skipped_test(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED, _SKIPPED])

    error = _fail(tmp_path, builders=["2.15.1"], consumers=["1.15.5"])

    assert "test did not pass in 1.15.5 with the modules of 2.15.1" in error


def test_a_known_result_is_used_again(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED] * 3)
    page, table = _run(tmp_path, ["2.15.1"], ["1.15.5"])

    (tmp_path / "reports" / "1.15.5" / "2.15.1.xml").unlink()

    assert _run(tmp_path, ["2.15.1"], ["1.15.5"]) == (page, table)


def test_a_result_of_other_inputs_is_refused(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED])
    _run(tmp_path, ["2.15.1"], ["1.15.5"])
    for name in ("page.md", "table.json"):
        (tmp_path / name).unlink()

    (tmp_path / "reports" / "1.15.5" / "2.15.1.xml").unlink()
    (tmp_path / "reports" / "1.15.5" / "2.15.1.key").write_text("another")

    error = _fail(tmp_path, builders=["2.15.1"], consumers=["1.15.5"])
    assert "no earlier result has their key" in error


def test_refuses_tests_that_the_table_does_not_know(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED], "other_consumer")

    error = _fail(tmp_path, builders=["2.15.1"], consumers=["1.15.5"])

    assert "must contain tests of the consumers, found ['other_consumer']" in error


def test_a_builder_of_the_same_bytes_needs_no_report(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.21.0", [_PASSED])
    _write_module(tmp_path, "2.21.0", b"bytes")
    _write_module(tmp_path, "2.21.0-py3.13", b"bytes")

    page, table = _run(tmp_path, ["2.21.0-py3.13", "2.21.0"], ["1.15.5"])

    assert "| 2.21.0-py3.13 (the same bytes as 2.21.0) | 1 |" in page
    assert [each["same_bytes_as"] for each in table["builders"]] == [None, "2.21.0"]


def test_a_builder_of_other_bytes_needs_reports(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.21.0", [_PASSED])
    _write_module(tmp_path, "2.21.0", b"bytes")
    _write_module(tmp_path, "2.21.0-py3.13", b"others")

    error = _fail(tmp_path, ["2.21.0", "2.21.0-py3.13"], ["1.15.5"])

    assert "no consumer used the modules of 2.21.0-py3.13" in error


def _write_report(folder, consumer, builder, cases, use="hub_module_consumer"):
    path = folder / "reports" / consumer / f"{builder}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f"{builder}.key").write_text(f"of {builder} in {consumer}")
    path.write_text(
        f"<testsuites><testsuite name='TensorFlow {consumer}, tensorflow_hub 0.12.0'>"
        + "".join(cases).format(use=use)
        + "</testsuite></testsuites>"
    )


def _write_module(folder, builder, content):
    path = folder / "modules" / builder / "b0" / "saved_model.pb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def _run(folder, builders, consumers, not_offered=()) -> tuple[str, dict]:
    """Runs the script; returns the page and the table that it wrote."""
    result = _start(folder, builders, consumers, not_offered)
    assert result.returncode == 0, result.stderr
    page = (folder / "page.md").read_text(encoding="utf-8")
    return page, json.loads((folder / "table.json").read_text(encoding="utf-8"))


def _fail(folder, builders, consumers) -> str:
    """Runs the script, which fails and writes nothing; returns its message."""
    result = _start(folder, builders, consumers)
    assert result.returncode == 1
    assert not (folder / "page.md").exists()
    assert not (folder / "table.json").exists()
    return result.stderr


def _start(folder, builders, consumers, not_offered=()) -> subprocess.CompletedProcess:
    arguments = [f"--modules={folder / 'modules'}", f"--reports={folder / 'reports'}"]
    arguments += [f"--json={folder / 'table.json'}", f"--page={folder / 'page.md'}"]
    arguments.append(f"--cells={folder / 'cells.json'}")
    arguments += ["--builders", *builders, "--consumers", *consumers]
    arguments += ["--not_offered", *not_offered]
    return subprocess.run(
        [sys.executable, str(_SCRIPT), *arguments], stderr=subprocess.PIPE, text=True
    )
