"""What a build tells other programs: report.json, and JUnit for CI systems."""

from __future__ import annotations

import dataclasses
import json
from typing import Mapping, Sequence

from efficientnet_hub import dependencies
from efficientnet_hub.export.collection import jobs

_SUITE = "efficientnet-hub build"


def write_report(
    path: str, results: Sequence[jobs.Result], versions: Mapping[str, str]
) -> None:
    """Writes the results as JSON, in the order of the list.

    Args:
      path: the file.
      results: of each module: handle, outcome, seconds, message.
      versions: what they were built with.
    """
    content = {
        "versions": dict(versions),
        "modules": [dataclasses.asdict(result) for result in results],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")


def write_junit(path: str, results: Sequence[jobs.Result]) -> None:
    """Writes the results as JUnit's XML, a test case each.

    Raises:
      errors.DependencyError: if junitparser is missing.
    """
    junit = dependencies.optional("junitparser", "build", "writing a JUnit file")
    suite = junit.TestSuite(_SUITE)
    for result in results:
        case = junit.TestCase(result.handle, classname=_SUITE, time=result.seconds)
        if result.outcome == jobs.FAILED:
            case.result = [junit.Failure(result.message)]
        suite.add_testcase(case)
    file = junit.JUnitXml()
    file.add_testsuite(suite)
    file.write(path, pretty=True)
