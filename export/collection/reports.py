"""Writes the results of a build for other programs: report.json and JUnit's XML."""

from __future__ import annotations

import os
from typing import Callable, Mapping, Sequence

from ... import dependencies, errors, escaping, json_files
from ..storage import publication
from . import results as results_lib

_REPORT = "report.json"
_JUNIT = "junit.xml"
_SUITE = "efficientnet-hub build"


# Whether a text begins as one of the files, by its name.
BEGINNINGS: Mapping[str, Callable[[str], bool]] = {
    _REPORT: lambda text: text.startswith("{") and '"efficientnet_hub"' in text,
    _JUNIT: lambda text: text.startswith("<?xml") and _SUITE in text,
}


def publish(
    folder: str, results: Sequence[results_lib.Result], versions: Mapping[str, str]
) -> None:
    """Writes report.json and junit.xml, each in one step.

    Args:
      folder: the collection's folder.
      results: the result of each module, in order.
      versions: the versions that built them, see `manifest.versions`.

    Raises:
      errors.DependencyError: if junitparser is missing.
      errors.InputError: if the folder cannot be written.
    """
    report, junit = os.path.join(folder, _REPORT), os.path.join(folder, _JUNIT)
    with publication.staging(report) as staged:
        _write_report(os.path.join(staged, _REPORT), results, versions)
        _write_junit(os.path.join(staged, _JUNIT), results)
        publication.publish_all(
            [
                (os.path.join(staged, _REPORT), report),
                (os.path.join(staged, _JUNIT), junit),
            ],
            overwrite=True,
        )


def _write_report(
    path: str, results: Sequence[results_lib.Result], versions: Mapping[str, str]
) -> None:
    content = {
        "versions": dict(versions),
        "modules": [result.list_fields() for result in results],
    }
    json_files.write(path, content, sort_keys=False)


def _write_junit(path: str, results: Sequence[results_lib.Result]) -> None:
    """Writes JUnit's XML, with a test case for each result."""
    junit = dependencies.optional("junitparser", "build", "writing a JUnit file")
    suite = junit.TestSuite(_SUITE)
    for result in results:
        case = junit.TestCase(result.handle, classname=_SUITE, time=result.seconds)
        if result.outcome == results_lib.FAILED:
            # XML has no control characters.
            message = escaping.escape_terminal(result.message or "")
            case.result = [junit.Failure(message)]
        suite.add_testcase(case)
    file = junit.JUnitXml()
    file.add_testsuite(suite)
    with errors.naming(path):
        file.write(path, pretty=True)
