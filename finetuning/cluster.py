"""Reads the task of a process in distributed training from TF_CONFIG."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
from typing import Any, Iterator, Sequence

from .. import errors, escaping

_VARIABLE = "TF_CONFIG"
_CHIEF = "chief"
_WORKER = "worker"
_PARAMETER_SERVER = "ps"
_EVALUATOR = "evaluator"
_TYPES = (_CHIEF, _WORKER, _PARAMETER_SERVER, _EVALUATOR)
_ADDRESS = re.compile(r"[^\s/]+:[0-9]{1,5}")


@dataclasses.dataclass(frozen=True)
class Task:
    """The part of a process in a training.

    Attributes:
      type: 'chief', 'worker', 'ps' or 'evaluator'.
      index: index among the processes of this type.
      trains_alone: whether there is no cluster, and this process does everything.
      processes: number of processes that train: the chief and the workers.
      parameter_servers: the addresses of the parameter servers.
    """

    type: str = _CHIEF
    index: int = 0
    trains_alone: bool = True
    processes: int = 1
    parameter_servers: Sequence[str] = ()

    @property
    def is_chief(self) -> bool:
        """Whether it prepares the training, saves checkpoints, returns the result."""
        return self.type == _CHIEF

    @property
    def is_worker(self) -> bool:
        """Whether it takes steps as the chief does, and does nothing else."""
        return self.type == _WORKER

    @property
    def is_evaluator(self) -> bool:
        """Whether it evaluates the checkpoints that the chief writes."""
        return self.type == _EVALUATOR

    @property
    def position(self) -> int:
        """Index among the processes that train: 0 is the chief, then the workers."""
        return self.index + (self.type == _WORKER)

    def __str__(self) -> str:
        return f"{self.type} {self.index}"


def read_task() -> Task:
    """Returns the task that TF_CONFIG assigns to this process.

    Without TF_CONFIG, or without a cluster in it, this process trains alone.

    Raises:
      errors.InputError: if TF_CONFIG is not valid, or its cluster is not one of a
        chief, workers and parameter servers.
    """
    addresses, type_, index = _read_variable()
    sizes = {name: len(each) for name, each in addresses.items()}
    if not sizes:
        return Task()
    _check_cluster(sizes)
    # The cluster does not list the evaluator.
    is_valid = type_ == _EVALUATOR or 0 <= index < sizes.get(type_, 0)
    if type_ not in _TYPES or not is_valid:
        raise errors.InputError(
            f"the task of {_VARIABLE} must be a chief, worker, ps or evaluator of its "
            f"cluster, found type {type_!r} with index {index}: does the cluster list "
            "this process?"
        )
    return Task(
        type_,
        index,
        trains_alone=False,
        processes=sizes.get(_CHIEF, 0) + sizes.get(_WORKER, 0),
        parameter_servers=addresses[_PARAMETER_SERVER],
    )


def _read_variable() -> tuple[dict[str, list[str]], str, int]:
    """Returns the addresses by type, and the type and index of the task.

    The type is empty if there is none.
    """
    content = os.environ.get(_VARIABLE) or "{}"
    try:
        config = json.loads(content)
        addresses, task = config.get("cluster") or {}, config.get("task") or {}
        for each in addresses.values():
            _check_addresses(each)
        type_ = task.get("type", "")
        if not isinstance(type_, str):
            raise TypeError("the type is not a text")
        return dict(addresses), type_, int(task.get("index", 0))
    except (
        ArithmeticError,
        AttributeError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise errors.InputError(
            f'{_VARIABLE} must be JSON such as {{"cluster": {{"chief": ["host:port"], '
            '"ps": [...], "worker": [...]}, "task": {"type": "worker", "index": 0}}, '
            f"found {escaping.show_value(content)}"
        ) from error


def _check_addresses(addresses: Any) -> None:
    if not isinstance(addresses, list):
        raise TypeError("not a list")
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            raise ValueError("not an address")


@contextlib.contextmanager
def reduced_variable() -> Iterator[None]:
    """Hides from TensorFlow what `read_task` does not read in TF_CONFIG.

    TensorFlow raises errors for other tasks without a cluster, and for wrong values of
    fields that only some of its strategies use.

    Raises:
      errors.InputError: see `read_task`.
    """
    addresses, type_, index = _read_variable()
    task = {"type": type_, "index": index}
    reduced = {"cluster": addresses, "task": task} if addresses else {}
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = json.dumps(reduced)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before


def _check_cluster(sizes: dict[str, int]) -> None:
    if sizes.get(_CHIEF) != 1 or not sizes.get(_PARAMETER_SERVER):
        found = ", ".join(f"{sizes[name]} {name}" for name in sorted(sizes))
        raise errors.InputError(
            f"the cluster of {_VARIABLE} must have one chief and at least one ps, "
            f"found {found}: is it a cluster for a mirrored strategy, which cannot "
            "train a module (see docs/fine-tuning.md)?"
        )
