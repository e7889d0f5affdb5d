"""Reports contain the result of each module."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from efficientnet_hub.export.collection import reports
from efficientnet_hub.export.collection import results as results_lib

_RESULTS = [
    results_lib.Result("me/a/1", results_lib.BUILT, 12.5),
    results_lib.Result("me/b/1", results_lib.UP_TO_DATE, 0.1),
    results_lib.Result("me/c/1", results_lib.FAILED, 3.0, "c must <not> fail"),
]


def test_the_report_has_all_results_in_order(tmp_path):
    reports.publish(str(tmp_path), _RESULTS, {"tensorflow": "2.15.1"})

    report = json.loads((tmp_path / "report.json").read_text())
    assert report["versions"] == {"tensorflow": "2.15.1"}
    assert report["modules"] == [
        {"handle": "me/a/1", "outcome": "built", "seconds": 12.5, "message": None},
        {"handle": "me/b/1", "outcome": "up to date", "seconds": 0.1, "message": None},
        {
            "handle": "me/c/1",
            "outcome": "failed",
            "seconds": 3.0,
            "message": "c must <not> fail",
        },
    ]


def test_junit_has_a_case_for_each_module_and_a_failure_for_each_failed_one(tmp_path):
    reports.publish(str(tmp_path), _RESULTS, {})

    (suite,) = ElementTree.parse(str(tmp_path / "junit.xml")).getroot()
    assert suite.attrib["tests"] == "3"
    assert suite.attrib["failures"] == "1"
    assert [case.attrib["name"] for case in suite] == ["me/a/1", "me/b/1", "me/c/1"]
    failures = [case.find("failure") for case in suite]
    assert failures[:2] == [None, None]
    assert failures[2].attrib["message"] == "c must <not> fail"


def test_a_failed_write_leaves_the_old_reports(tmp_path):
    reports.publish(str(tmp_path), _RESULTS, {})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(TypeError):
        reports.publish(str(tmp_path), _RESULTS[:1], {"tensorflow": object()})

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
