"""A module that reaches outside of its graphs is named as a risk."""

from __future__ import annotations

from efficientnet_hub.export.verification import promise, safety_checks, verifier
from efficientnet_hub.tests.export.verification import spoiling

_STATEMENT = "touches no files, no network and no Python"


def _write_with_ops(folder, *ops: str) -> str:
    meta_graphs = spoiling.good_meta_graphs()
    for op in ops:
        meta_graphs[1].graph_def.node.add(name=op.lower(), op=op)
    return spoiling.write(folder, meta_graphs)


def test_a_good_module_is_no_risk(tmp_path):
    module = spoiling.write(tmp_path / "module")

    assert spoiling.outcomes(safety_checks.PROMISES, module) == {}


def test_ops_that_reach_outside_are_a_risk(tmp_path):
    module = _write_with_ops(tmp_path / "module", "WriteFile", "PyFunc")

    outcomes = spoiling.outcomes(safety_checks.PROMISES, module)

    assert outcomes == {_STATEMENT: promise.Outcome.RISK}


def test_a_risk_fails_when_strict_and_the_module_is_not_run(tmp_path):
    module = _write_with_ops(tmp_path / "module", "WriteFile", "PyFunc")

    report = verifier.verify_module(module, strict=True)

    assert str(report.failures[0]) == (
        f"risk         {_STATEMENT}: found PyFunc runs Python, WriteFile touches files"
    )
    assert report.findings[-1].outcome == promise.Outcome.UNCHECKED


def test_a_risk_passes_when_not_strict():
    finding = promise.Finding(_STATEMENT, promise.Outcome.RISK)

    assert promise.Report([finding]).passed
    assert not promise.Report([finding], strict=True).passed
