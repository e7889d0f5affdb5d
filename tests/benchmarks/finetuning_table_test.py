"""Tests of finetuning_table: the results replace the table of the page."""

from __future__ import annotations

import json

import finetuning_table
import pytest

_MEASURED = {
    "accuracy": 0.9833,
    "seconds": 61.23,
    "steps_per_second": 4.567,
    "peak_bytes": [2**20, 2**21],
}


@pytest.fixture(name="results")
def _results(tmp_path) -> str:
    frozen = dict(_MEASURED, steps_per_second=234.5)
    measured = {"whole": _MEASURED, "frozen": frozen, "cluster": _MEASURED}
    content = {"environment": {"tensorflow": "2.15.1"}, "measured": measured}
    path = tmp_path / "results.json"
    path.write_text(json.dumps(content))
    return str(path)


def _run(monkeypatch, page, results) -> str:
    monkeypatch.setattr("sys.argv", ["", f"--page={page}", results])
    finetuning_table.main()
    return page.read_text()


def test_the_table_replaces_the_old_one(monkeypatch, tmp_path, results):
    page = tmp_path / "page.md"
    head = f"| {' | '.join(finetuning_table._HEAD)} |"
    page.write_text(
        f"before\n\n{head}\n| --- | ---: |\n| old | 3 |\n\n"
        "| trained part | steps |\n| --- | ---: |\n| other | 4 |\n"
    )

    once = _run(monkeypatch, page, results)
    again = _run(monkeypatch, page, results)

    rows = [line for line in once.splitlines() if line.startswith("| the ")]
    assert len(rows) == 3
    assert rows[0].endswith("| 2.15.1 | 2 | 98.3 % | 4.57 | 61.2 | 3.00 |")
    assert rows[1].endswith("| 2.15.1 | 2 | 98.3 % | 234 | 61.2 | 3.00 |")
    assert once.startswith("before\n\n| trained part | TensorFlow |")
    assert once.endswith(
        "|\n\n| trained part | steps |\n| --- | ---: |\n| other | 4 |\n"
    )
    assert "| old |" not in once
    assert again == once


def test_a_page_without_the_table_is_not_changed(monkeypatch, tmp_path, results):
    page = tmp_path / "page.md"
    page.write_text("no table\n")

    with pytest.raises(ValueError, match="one table to replace, found 0"):
        _run(monkeypatch, page, results)
    assert page.read_text() == "no table\n"
