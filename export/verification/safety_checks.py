"""Promises that are checked before the module is run."""

from __future__ import annotations

from ... import errors
from .. import claims
from ..saved_model import outside_ops
from . import promise
from . import subject as subject_lib


def _says_what_it_is(subject: subject_lib.Subject) -> None:
    try:
        claims.check(subject.saved_model, subject.name)
    except errors.InputError as error:
        raise promise.BrokenError(str(error)) from error


def _stays_inside(subject: subject_lib.Subject) -> None:
    found = outside_ops.find(subject.saved_model)
    if found:
        raise promise.RiskError("found " + ", ".join(found))


PROMISES = (
    promise.Promise("has attached facts that its graphs confirm", _says_what_it_is),
    promise.Promise("touches no files, no network and no Python", _stays_inside),
)
