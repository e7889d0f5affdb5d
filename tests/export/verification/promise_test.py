"""Each exception of a check is a finding, and some findings make a report fail."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.export.verification import promise


def _raises(error):
    def check(subject):
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (promise.BrokenError("no"), promise.Outcome.BROKEN),
        (promise.AbsentError("no"), promise.Outcome.ABSENT),
        (promise.UncheckedError("no"), promise.Outcome.UNCHECKED),
        (promise.NotApplicableError("no"), promise.Outcome.NOT_APPLICABLE),
        (ZeroDivisionError("no"), promise.Outcome.BROKEN),
    ],
)
def test_each_exception_of_a_check_is_a_finding(error, outcome):
    (finding,) = promise.check_all([promise.Promise("keeps", _raises(error))], None)
    assert finding.outcome == outcome
    assert "no" in finding.detail


def test_a_check_that_raises_nothing_finds_the_promise_kept():
    (finding,) = promise.check_all([promise.Promise("keeps", lambda subject: None)], 1)
    assert finding.outcome == promise.Outcome.KEPT
    assert str(finding) == "ok           keeps"


def test_a_promise_that_does_not_apply_is_reported_as_such():
    finding = promise.Finding(
        "names its classes", promise.Outcome.NOT_APPLICABLE, "no classifier"
    )
    assert str(finding) == "n/a          names its classes: no classifier"


@pytest.mark.parametrize(
    ("outcome", "passes", "passes_strictly"),
    [
        (promise.Outcome.KEPT, True, True),
        (promise.Outcome.ABSENT, True, False),
        (promise.Outcome.UNCHECKED, True, True),
        (promise.Outcome.NOT_APPLICABLE, True, True),
        (promise.Outcome.BROKEN, False, False),
    ],
)
def test_a_report_fails_by_broken_and_strictly_by_absent_promises(
    outcome, passes, passes_strictly
):
    found = [promise.Finding("keeps", outcome)]
    assert promise.Report(found).passed == passes
    assert promise.Report(found, strict=True).passed == passes_strictly


def test_arrays_are_close_relative_to_the_standard_deviation():
    expected = np.array([0.0, 1000.0])
    promise.expect_close(expected + 0.01, expected, "these")
    with pytest.raises(promise.BrokenError, match="0.002 standard deviations apart"):
        promise.expect_close(expected + 1.0, expected, "these")


def test_arrays_of_other_shapes_are_not_close():
    with pytest.raises(promise.BrokenError, match=r"\(2,\) and \(1,\)"):
        promise.expect_close(np.zeros(2), np.zeros(1), "these")
