"""Writes the result of a comparison as a table for people."""

from __future__ import annotations

from typing import Iterator, Sequence

from .findings import Finding, Outcome, Report

# A path or the name of a variable may be longer than its column.
_WIDEST = 44


def format_lines(report: Report) -> Iterator[str]:
    """Yields the lines of a report: a row for each finding, and the conclusion."""
    yield f"A: {report.module}"
    yield f"B: {report.other}"
    rows = _group(report.findings)
    width = min(_WIDEST, max(len(name) for name, _ in rows))
    for name, finding in rows:
        yield f"{finding.outcome.value:12}  {name:{width}}  {finding.detail}"
    yield _conclude(report)


def _group(findings: Sequence[Finding]) -> list[tuple[str, Finding]]:
    """Returns a name and a finding for each row: the same finding is one row."""
    grouped: dict[tuple[str, Outcome, str], list[Finding]] = {}
    for each in findings:
        grouped.setdefault((each.topic, each.outcome, each.detail), []).append(each)
    return [(_name(each), each[0]) for each in grouped.values()]


def _name(findings: Sequence[Finding]) -> str:
    first = findings[0]
    more = f", {len(findings) - 1} more" if findings[1:] else ""
    if not first.subject:
        return first.topic + more
    return f"{first.topic}: {first.subject}{more}"


def _conclude(report: Report) -> str:
    plural = "" if report.photographs == 1 else "s"
    photographs = f"{report.photographs} photograph{plural}"
    if not report.has_outputs:
        return "B is not known to be the same as A: no output is compared"
    if not report.is_same:
        differing = _list_topics(report.select(Outcome.DIFFERS))
        return f"B differs from A in {differing}; compared on {photographs}"
    skipped = _list_topics(report.select(Outcome.NOT_COMPARED))
    limits = f"; not compared: {skipped}" if skipped else ""
    return (
        f"B may replace A: the same within {report.tolerance:g} on {photographs}"
        f"{limits}"
    )


def _list_topics(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(each.topic for each in findings))
