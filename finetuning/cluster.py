"""A process's task in a training on many machines, as TF_CONFIG tells it."""

from __future__ import annotations

import dataclasses
import json
import os

from .. import errors

_VARIABLE = "TF_CONFIG"
_CHIEF = "chief"
_WORKER = "worker"
_PARAMETER_SERVER = "ps"
_EVALUATOR = "evaluator"
_TYPES = (_CHIEF, _WORKER, _PARAMETER_SERVER, _EVALUATOR)


@dataclasses.dataclass(frozen=True)
class Task:
    """What one process does of a training.

    Attributes:
      type: 'chief', 'worker', 'ps' or 'evaluator'.
      index: which one of its type.
      trains_alone: whether there is no cluster.
    """

    type: str = _CHIEF
    index: int = 0
    trains_alone: bool = True

    @property
    def is_chief(self) -> bool:
        """Whether it prepares the training, keeps checkpoints, and has the result."""
        return self.type == _CHIEF

    @property
    def is_evaluator(self) -> bool:
        """Whether it evaluates the checkpoints that the chief writes."""
        return self.type == _EVALUATOR

    @property
    def position(self) -> int:
        """Position among those that train, from 0: the chief, then the workers."""
        return self.index + (self.type == _WORKER)

    def __str__(self) -> str:
        return "%s %d" % (self.type, self.index)


def task_of_this_process() -> Task:
    """Returns the task that TF_CONFIG gives this process; without it, all of them.

    Raises:
      errors.InputError: if TF_CONFIG is not of a chief, workers and parameter servers.
    """
    content = os.environ.get(_VARIABLE) or "{}"
    try:
        config = json.loads(content)
        cluster = config.get("cluster") or {}
        task = config.get("task") or {}
        sizes = {name: len(addresses) for name, addresses in cluster.items()}
        type_, index = task.get("type"), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise errors.InputError(
            f'{_VARIABLE} must be JSON such as {{"cluster": {{"chief": ["host:port"], '
            '"ps": [...], "worker": [...]}, "task": {"type": "worker", "index": 0}}, '
            f"found {content!r}"
        ) from error
    if not sizes:
        return Task()
    _check_cluster(sizes)
    # An evaluator is none of those that the others know.
    is_one = type_ == _EVALUATOR or 0 <= index < sizes.get(type_, 0)
    if type_ not in _TYPES or not is_one:
        raise errors.InputError(
            "the task of %s must be a chief, worker, ps or evaluator of its cluster, "
            "found type %r with index %d" % (_VARIABLE, type_, index)
        )
    return Task(type_, index, trains_alone=False)


def _check_cluster(sizes: dict[str, int]) -> None:
    if sizes.get(_CHIEF) != 1 or not sizes.get(_PARAMETER_SERVER):
        raise errors.InputError(
            "the cluster of {} must have one chief and at least one ps, found {}: is "
            "it meant for a mirrored strategy, which cannot train a module "
            "(docs/fine-tuning.md)?".format(
                _VARIABLE,
                ", ".join("%d %s" % (sizes[name], name) for name in sorted(sizes)),
            )
        )
