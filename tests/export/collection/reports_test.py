"""What a CI system reads of a build."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from efficientnet_hub.export.collection import jobs, reports

_RESULTS = [
    jobs.Result("me/a/1", jobs.BUILT, 12.5),
    jobs.Result("me/b/1", jobs.UP_TO_DATE, 0.1),
    jobs.Result("me/c/1", jobs.FAILED, 3.0, "c must <not> fail"),
]


def test_the_report_has_all_results_in_order(tmp_path):
    path = tmp_path / "report.json"

    reports.write_report(str(path), _RESULTS, {"tensorflow": "2.15.1"})

    report = json.loads(path.read_text())
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


def test_junit_has_a_case_each_and_a_failure_for_what_failed(tmp_path):
    path = tmp_path / "junit.xml"

    reports.write_junit(str(path), _RESULTS)

    (suite,) = ElementTree.parse(str(path)).getroot()
    assert suite.attrib["tests"] == "3"
    assert suite.attrib["failures"] == "1"
    assert [case.attrib["name"] for case in suite] == ["me/a/1", "me/b/1", "me/c/1"]
    failures = [case.find("failure") for case in suite]
    assert failures[:2] == [None, None]
    assert failures[2].attrib["message"] == "c must <not> fail"
