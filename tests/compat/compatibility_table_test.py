"""The table tells of what was tried and passed, or is not written."""

import pathlib
import subprocess
import sys

_SCRIPT = pathlib.Path(__file__).resolve().with_name("compatibility_table.py")
_PASSED = "<testcase classname='{way}' name='test'/>"
_SKIPPED = "<testcase classname='{way}' name='test'><skipped/></testcase>"


def test_counts_checks_and_names_ways(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED] * 3, "fine_tuning_consumer")

    page = _page(tmp_path, builders=["2.15.1"], consumers=["1.15.5"])

    assert "| 2.15.1 | 3 |" in page
    assert "| `hub.Module`: fine-tuning | yes |" in page
    assert "| `hub.load` |  |" in page
    assert "*   1.15.5: TensorFlow 1.15.5, tensorflow_hub 0.12.0" in page


def test_refuses_a_cell_that_was_not_tried(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED])

    error = _error(tmp_path, builders=["2.15.1"], consumers=["1.13.1", "1.15.5"])

    assert "1.13.1 did not use the modules of 2.15.1" in error


def test_refuses_a_skipped_test(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.15.1", [_PASSED, _SKIPPED])

    error = _error(tmp_path, builders=["2.15.1"], consumers=["1.15.5"])

    assert "test did not pass in 1.15.5 with the modules of 2.15.1" in error


def test_a_builder_of_the_same_bytes_needs_no_report(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.21.0", [_PASSED])
    _write_module(tmp_path, "2.21.0", b"bytes")
    _write_module(tmp_path, "2.21.0-py3.13", b"bytes")

    page = _page(tmp_path, ["2.21.0", "2.21.0-py3.13"], ["1.15.5"])

    assert "| 2.21.0-py3.13 (the same bytes as by 2.21.0) | 1 |" in page


def test_a_builder_of_other_bytes_needs_reports(tmp_path):
    _write_report(tmp_path, "1.15.5", "2.21.0", [_PASSED])
    _write_module(tmp_path, "2.21.0", b"bytes")
    _write_module(tmp_path, "2.21.0-py3.13", b"others")

    error = _error(tmp_path, ["2.21.0", "2.21.0-py3.13"], ["1.15.5"])

    assert "nobody used the modules of 2.21.0-py3.13" in error


def _write_report(folder, consumer, builder, cases, way="hub_module_consumer"):
    path = folder / "reports" / consumer / (builder + ".xml")
    path.parent.mkdir(parents=True)
    path.write_text(
        "<testsuites><testsuite name='TensorFlow {}, tensorflow_hub 0.12.0'>"
        "{}</testsuite></testsuites>".format(consumer, "".join(cases).format(way=way))
    )


def _write_module(folder, builder, content):
    path = folder / "modules" / builder / "b0" / "saved_model.pb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def _page(folder, builders, consumers):
    result = _run(folder, builders, consumers)
    assert result.returncode == 0, result.stderr
    return (folder / "page.md").read_text()


def _error(folder, builders, consumers):
    result = _run(folder, builders, consumers)
    assert result.returncode == 1
    assert not (folder / "page.md").exists()
    return result.stderr


def _run(folder, builders, consumers):
    arguments = ["--modules=%s" % (folder / "modules")]
    arguments += ["--reports=%s" % (folder / "reports")]
    arguments += ["--output=%s" % (folder / "page.md")]
    arguments += ["--builders", *builders, "--consumers", *consumers]
    return subprocess.run(
        [sys.executable, str(_SCRIPT), *arguments], stderr=subprocess.PIPE, text=True
    )
