"""Tests of embedding_table: the results replace the table of the page."""

from __future__ import annotations

import json

import embedding_table

_MEASURED = {
    "network": [20.0, 20.0, 40.0],
    "embed": [19.0, 18.0, 40.0],
    "stored": [19.6, 19.6, 39.2],
    "process": [20.0],
    "spark": [18.0],
    "worker_bytes": [2**29, 2**30],
}


def test_the_table_replaces_the_old_one(monkeypatch, tmp_path):
    page, results = tmp_path / "page.md", tmp_path / "results.json"
    head = f"| {' | '.join(embedding_table._HEAD)} |"
    page.write_text(f"before\n\n{head}\n| --- | ---: |\n| old | 3 |\n\nafter\n")
    results.write_text(json.dumps({"measured": {"efficientnet-b0": _MEASURED}}))
    monkeypatch.setattr("sys.argv", ["", f"--page={page}", str(results)])

    embedding_table.main()

    text = page.read_text()
    assert text.startswith("before\n\n| network | network alone, images per second |")
    expected = "| 20.0 | 19.0 | 0.95 | 0.98 | 68,400 | 14.6 | 18.0 | 0.90 | 1,024 |"
    assert f"| efficientnet-b0 {expected}\n\nafter\n" in text
    assert "| old |" not in text
