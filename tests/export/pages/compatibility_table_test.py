"""A module's page has the table that was measured."""

from __future__ import annotations

import pathlib

from efficientnet_hub.export.pages import compatibility_table

_DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"


def test_the_table_is_that_of_the_documentation():
    measured = compatibility_table.measured()
    documented = (_DOCS / "compatibility.md").read_text()
    rows = [line for line in measured.splitlines() if line.startswith("|")]

    assert rows[2].startswith("| `hub.Module`: tag sets")
    assert "\n".join(rows) in documented
    assert "*   1.13.1: Python 3.7, TensorFlow 1.13.1" in measured
