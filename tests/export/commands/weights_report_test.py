"""The report of `--report` is three tables, whatever the names in the source."""

from __future__ import annotations

from efficientnet_hub.export.commands import weights_report
from efficientnet_hub.export.weights import mapping
from efficientnet_hub.export.weights.containers import contents


def _report(capsys, **tables) -> list[str]:
    weights_report.print_report(mapping.WeightsMapping(**tables))
    return capsys.readouterr().out.splitlines()


def test_the_tables_have_columns(capsys):
    half = contents.Stored("float16", (7, 1280))
    taken = [
        mapping.Taken("fc.weight", half, "net/head/dense/kernel", (1280, 7), (1, 0)),
        mapping.Taken("b", contents.Stored("float32", (7,)), "net/b", (7,), None),
    ]
    left = [mapping.LeftBehind("step", contents.Stored("int64", ()), "the step")]
    new = [mapping.New("net/c", (3,), "initial values of seed 0")]

    lines = _report(capsys, taken=taken, left_behind=left, new=new)

    assert lines == [
        "taken from the weights: 2",
        "  fc.weight  (7, 1280)  float16  net/head/dense/kernel  (1280, 7)  "
        "transposed (1, 0)",
        "  b          (7,)       float32  net/b                  (7,)       as is",
        "left behind: 1",
        "  step  ()  int64  the step",
        "not from the weights: 1",
        "  net/c  (3,)  initial values of seed 0",
    ]


def test_empty_tables_are_said(capsys):
    assert _report(capsys) == [
        "taken from the weights: 0",
        "left behind: 0",
        "not from the weights: 0",
    ]


def test_names_are_escaped_and_cut(capsys):
    stored = contents.Stored("int64", ())
    left = [
        mapping.LeftBehind("a" * 1000, stored, "a"),
        mapping.LeftBehind("\x1b[31m", stored, "b"),
    ]

    lines = _report(capsys, left_behind=left)

    assert "\\x1b[31m" in lines[3]
    assert max(map(len, lines)) < 200
