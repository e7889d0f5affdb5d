"""Loads what was written and holds it against what was promised."""

from __future__ import annotations

from ... import dependencies
from ..storage import archive_reader
from . import (
    file_checks,
    inference_checks,
    promise,
    serving_checks,
    subject,
    training_checks,
)

_PROMISES = (
    file_checks.PROMISES
    + inference_checks.PROMISES
    + training_checks.PROMISES
    + serving_checks.PROMISES
)


def verify_module(path: str, strict: bool = False) -> promise.Report:
    """Loads a module as its users do and checks every promise of its kind.

    The module's ops are executed: a module is a program, so verify only what may
    run on this machine. Where tensorflow_hub has no `hub.Module` any more, the
    module is run by `hub.load`, and what needs `hub.Module` is not checked.

    Args:
      path: a module's directory or its .tar.gz.
      strict: whether parts that other publishers' modules may lack, such as class
        names or the tag set {"serve"}, must be there.

    Returns:
      A report; its `passed` says whether all promises are kept.

    Raises:
      errors.InputError: if there is no module in the TF1 Hub format at the path.
      errors.DependencyError: if tensorflow_hub is missing.
    """
    dependencies.tensorflow_hub()
    with archive_reader.unpack(path) as directory:
        findings = promise.check_all(_PROMISES, subject.Subject(directory))
    return promise.Report(findings, strict)
