"""Finds the state dict of a network in what a PyTorch program saved.

Programs save it alone, or below a key beside their optimizer, their arguments and the
moving averages of the network.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

from ... import errors, escaping
from . import moving_averages as moving_averages_lib
from .containers import inert_pickle
from .naming import reasons

# The keys of a state dict: of timm and Lightning, the tutorials of PyTorch, torchvision
# and others, DeepSpeed.
_RAW = ("state_dict", "model_state_dict", "model_state", "model", "net", "module")
# The keys of moving averages: timm, torchvision, and others.
_AVERAGES = (
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "model_state_dict_ema",
) + ("model_ema_state_dict", "ema_model", "ema")
# timm and the ImageNet example of PyTorch save the name of the architecture here.
_ARCHITECTURE = "arch"
# A state dict may be below two keys, such as 'ema' and 'module'.
_MOST_LEVELS = 3
_LONGEST_ARCHITECTURE = 100


@dataclasses.dataclass(frozen=True)
class Choice:
    """The state dict that is taken of what was saved.

    Attributes:
      tensors: the tensors by name, or other objects where it is no state dict.
      path: the keys that lead to it.
      note: what to report to the user, None if nothing else was saved.
      architecture: the library's name of the network, None if it was not saved.
    """

    tensors: Any
    path: tuple[str, ...] = ()
    note: str | None = None
    architecture: str | None = None


def choose(saved: Any, moving_averages: str, place: str) -> Choice:
    """Chooses a state dict: the moving averages if they are there, or the raw values.

    Args:
      saved: see `pytorch_pickle.SavedFile`.
      moving_averages: 'auto', or 'never' for the raw values.
      place: what messages call the file.

    Raises:
      errors.InputError: if there are several, or only one of the other kind.
    """
    if not isinstance(saved, dict):
        return Choice(saved)
    average = _find(saved, _AVERAGES, place)
    raw = _find(saved, _RAW, place)
    if moving_averages == moving_averages_lib.NEVER:
        average, ignored = None, average
        if raw is None and ignored is not None:
            raise errors.InputError(
                f"{place} must hold raw values, found moving averages only, below "
                f"'{ignored}': leave out --moving_averages=never"
            )
    key = average or raw
    if key is None:
        return Choice(saved)
    kind = "the moving averages" if key == average else "the values"
    tensors, path = _descend(saved[key], (key,), place)
    return Choice(
        tensors,
        path,
        f"took {kind} below '{'.'.join(path)}' of {place}",
        _read_architecture(saved),
    )


def explain(path: Sequence[Any], choice: Choice) -> str:
    """Returns why a tensor outside of the state dict is the value of no variable.

    Args:
      path: the keys that lead to the tensor.
      choice: the state dict.
    """
    first = str(path[0]) if path else ""
    if first in _AVERAGES:
        return reasons.AVERAGE
    if first in _RAW and choice.path[:1] != (first,):
        return reasons.RAW
    return reasons.OPTIMIZER if "optim" in first else reasons.OTHER_PART


def _find(saved: Mapping[Any, Any], keys: Sequence[str], place: str) -> str | None:
    """Returns the one of some keys that holds a state dict, None if none does."""
    found = [key for key in keys if _is_filled_dict(saved.get(key))]
    # A program may save the model, which is not read, and also its state dict.
    if not found:
        found = [key for key in keys if isinstance(saved.get(key), inert_pickle.Unread)]
    if len(found) > 1:
        raise errors.InputError(
            f"{place} must hold one state dict of a kind, found '{found[0]}' and "
            f"'{found[1]}': is it of several networks? Save one of them"
        )
    return found[0] if found else None


def _is_filled_dict(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _descend(
    value: Any, path: tuple[str, ...], place: str
) -> tuple[Any, tuple[str, ...]]:
    """Returns the state dict in or below a value, and the keys that lead to it."""
    if isinstance(value, inert_pickle.Unread):
        raise _describe_object(value, path, place)
    key = None
    if isinstance(value, dict) and len(path) < _MOST_LEVELS:
        key = _find(value, _RAW, place)
    return (value, path) if key is None else _descend(value[key], (*path, key), place)


def _describe_object(
    value: inert_pickle.Unread, path: tuple[str, ...], place: str
) -> errors.InputError:
    shown = escaping.cut(escaping.escape_terminal(value.name))
    cause = "was the model saved instead of model.state_dict()?"
    if path[0] in _AVERAGES:
        cause += " Give --moving_averages=never to take the raw values"
    return errors.InputError(
        f"{place} must hold a state dict below '{'.'.join(path)}', found an object of "
        f"'{shown}': {cause}"
    )


def _read_architecture(saved: Mapping[Any, Any]) -> str | None:
    name = saved.get(_ARCHITECTURE)
    if isinstance(name, str) and len(name) <= _LONGEST_ARCHITECTURE:
        return name
    return None
