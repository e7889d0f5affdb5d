"""Prints what became of each array of a source of weights, for `--report`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Sequence

from ... import escaping
from . import printing

if TYPE_CHECKING:
    from ..weights import mapping as mapping_lib

# Longer names are cut: the widest cell is the width of its column.
_WIDEST_CELL = 120


def add_flag(parser: argparse.ArgumentParser) -> None:
    """Adds the flag `--report` to a command that reads weights."""
    parser.add_argument(
        "--report",
        action="store_true",
        help="print what became of each array of the weights, and of each variable",
    )


def print_report(mapping: mapping_lib.WeightsMapping) -> None:
    """Prints three tables: what is taken, what is left behind, and what is new."""
    taken = [
        [
            *_describe(each),
            each.variable,
            str(each.shape),
            "as is" if each.axes is None else f"transposed {each.axes}",
        ]
        for each in mapping.taken
    ]
    left = [[*_describe(each), each.reason] for each in mapping.left_behind]
    new = [[each.variable, str(each.shape), each.origin] for each in mapping.new]
    _print_table("taken from the weights", taken)
    _print_table("left behind", left)
    _print_table("not from the weights", new)


def _describe(each: mapping_lib.Taken | mapping_lib.LeftBehind) -> list[str]:
    return [each.name, str(each.stored.shape), each.stored.dtype]


def _print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    printing.print_line(f"{title}: {len(rows)}")
    cells = [[_show(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths)]
        printing.print_line("  " + "  ".join(padded).rstrip())


def _show(cell: str) -> str:
    return escaping.cut(escaping.escape_terminal(cell), _WIDEST_CELL)
