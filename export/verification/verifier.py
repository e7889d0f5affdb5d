"""Loads a module and checks all promises."""

from __future__ import annotations

import concurrent.futures
import dataclasses

from ... import dependencies
from ..storage import archive_reader
from ..weights import module_variables
from . import (
    file_checks,
    inference_checks,
    promise,
    safety_checks,
    serving_checks,
    subject,
    training_checks,
)

# The promises that are checked by running the module.
_RUN = inference_checks.PROMISES + training_checks.PROMISES + serving_checks.PROMISES
_NOT_RUN = "the module is not run, for the reason above"


def verify_module(path: str, strict: bool = False) -> promise.Report:
    """Loads a module as its users do and checks every promise of its kind.

    The module's ops are executed: a module is a program, so verify only modules that
    you would run on this machine. Where tensorflow_hub has no `hub.Module`, the
    module is run by `hub.load`, and what needs `hub.Module` is not checked.

    A module is not run if what it says of itself is wrong, such as an image size that
    fills the memory, or, with `strict`, if its ops touch files, run Python or reach the
    network.

    Args:
      path: a module's directory or its .tar.gz.
      strict: whether to require the parts that other publishers' modules may lack,
        such as class names or the tag set {"serve"}, and no op that touches files,
        runs Python or reaches the network.

    Returns:
      A report; its `passed` says whether all promises are kept.

    Raises:
      errors.InputError: if there is no module in the TF1 Hub format at the path.
      errors.DependencyError: if tensorflow_hub is missing.
    """
    dependencies.tensorflow_hub()
    with archive_reader.unpack(path) as directory:
        module_variables.check_in(directory, path)
        findings = _check_promises(subject.Subject(directory, path), strict)
        # The user does not know the directory of an unpacked archive.
        findings = [
            dataclasses.replace(
                each, detail=archive_reader.name_archive(each.detail, directory, path)
            )
            for each in findings
        ]
    return promise.Report(findings, strict)


def _check_promises(module: subject.Subject, strict: bool) -> list[promise.Finding]:
    first = promise.check_all(safety_checks.PROMISES, module)
    if promise.Report(first, strict).passed:
        return first + _run(module)
    files = promise.check_all(file_checks.PROMISES, module)
    return first + files + promise.skip_all(_RUN, _NOT_RUN)


def _run(module: subject.Subject) -> list[promise.Finding]:
    # The graph for training shares nothing with the others, so that Python and
    # TensorFlow's own threads work on both at the same time.
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)
    try:
        training = pool.submit(promise.check_all, training_checks.PROMISES, module)
        findings = promise.check_all(
            file_checks.PROMISES + inference_checks.PROMISES, module
        )
        serving = promise.check_all(serving_checks.PROMISES, module)
        return findings + training.result() + serving
    finally:
        # An interruption must not wait for the training.
        pool.shutdown(wait=False)
