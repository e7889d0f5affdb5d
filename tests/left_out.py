"""Leaves out the tests that need what the newest TensorFlow does not have.

tensorflow_hub has no hub.Module since 0.16, and TensorFlow has no tf.estimator since
2.16. A test that fails because one of them is missing is skipped there, and the summary
of pytest counts these tests. A test that fails in another way has the marker
`hub_module`.
"""

from __future__ import annotations

import re
from typing import Any, Iterator

import pytest

REASON = "needs hub.Module or tf.estimator"

_SIGNS = re.compile(
    "hub.Module needs tensorflow_hub older than"
    "|tf.estimator needs TensorFlow older than"
    r"|module 'tensorflow_hub[\w.]*' has no attribute"
    r"|cannot import name '\w+_pb2' from 'tensorflow_hub'"
    r"|module '[\w.]*tensorflow[\w.]*' has no attribute 'estimator'"
)


def is_hub_module_missing() -> bool:
    """Whether the installed TensorFlow and tensorflow_hub are without hub.Module."""
    from importlib import metadata  # Python 3.8

    try:
        found = [_parse(metadata.version(name)) for name in _NEWEST_WITH_IT]
    except metadata.PackageNotFoundError:
        return False
    return any(each > newest for each, newest in zip(found, _NEWEST_WITH_IT.values()))


# The last versions with hub.Module, and with the tf.estimator that it needs.
_NEWEST_WITH_IT = {"tensorflow": (2, 15), "tensorflow_hub": (0, 15)}


def _parse(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def explains(error: BaseException | None) -> bool:
    """Whether an exception, or one that caused it, is about something missing."""
    while error is not None:
        if _SIGNS.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def skip(report: Any, path: str) -> None:
    """Changes the report of a failed test into that of a skipped one."""
    report.outcome = "skipped"
    report.longrepr = (path, 0, f"Skipped: {REASON}")


def mark(items: list[pytest.Item]) -> None:
    """Skips the tests with the marker."""
    for item in items:
        if item.get_closest_marker("hub_module"):
            item.add_marker(pytest.mark.skip(reason=REASON))


def summarize(skipped: list[Any]) -> Iterator[str]:
    """Yields a line about the tests that are left out, if there are any.

    Args:
      skipped: the reports of all skipped tests.
    """
    from importlib import metadata

    count = sum(REASON in str(report.longrepr) for report in skipped)
    if count:
        versions = " and ".join(
            f"{name} {metadata.version(name)}" for name in _NEWEST_WITH_IT
        )
        yield (
            f"left out {count} tests: {versions} have no hub.Module and no "
            "tf.estimator; make PYTHON=python3.11 test runs them"
        )
