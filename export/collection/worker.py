"""The process that builds one module of a list.

    python -m efficientnet_hub.export.collection.worker < job.json

Otherwise than with exit status 0, standard error says in its last line why the module
was not published.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

from ... import errors, escaping
from .. import crash_reports, fast_import
from ..storage import interruption

FAILED = 1
# No other module of the list can be built either.
NO_TENSORFLOW = 2


def main() -> int:
    """Builds the module that standard input describes, and returns the exit status."""
    interruption.install()
    try:
        return _do(json.load(sys.stdin))
    except KeyboardInterrupt:
        number = interruption.received() or signal.SIGINT
        interruption.end(interruption.exit_status(number))
    except Exception as error:
        return _report(crash_reports.describe(error, crash_reports.write(error)))


def _do(job: dict[str, Any]) -> int:
    try:
        fast_import.tensorflow()
    except errors.DependencyError as error:
        return _report(_describe(error), NO_TENSORFLOW)
    try:
        _build(job)
    except (errors.InputError, errors.DependencyError, OSError) as error:
        return _report(_describe(error))
    return 0


def _build(job: dict[str, Any]) -> None:
    from . import entries, module_build  # They import TensorFlow.

    module_build.build(
        entries.from_json(job["entry"]),
        job["folder"],
        job["inputs"],
        job["versions"],
    )


def _describe(error: BaseException) -> str:
    """Returns one line, also for several mistakes, such as damaged photographs."""
    mistakes = errors.list_messages(error)
    if len(mistakes) == 1:
        return errors.describe(error)
    return f"{len(mistakes)} mistakes were found, the first one: {mistakes[0]}"


def _report(message: str, status: int = FAILED) -> int:
    """Prints a message in the last line, where `jobs` reads it."""
    print(escaping.escape_terminal(message), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
