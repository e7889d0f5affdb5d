"""Finds the state dict of a network in what a PyTorch program saved.

Programs save it alone, or below a key beside their optimizer, their arguments and the
moving averages of the network.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

from ... import errors, escaping
from . import moving_averages as moving_averages_lib
from . import pytorch_averages
from .containers import inert_pickle
from .naming import libraries, reasons

# The keys of a state dict: of timm and Lightning, the tutorials of PyTorch, torchvision
# and others, DeepSpeed.
_RAW = ("state_dict", "model_state_dict", "model_state", "model", "net", "module")
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
      errors.InputError: if there are several, only one of the other kind, or moving
        averages without names.
    """
    if not isinstance(saved, dict):
        return Choice(saved)
    with_averages = moving_averages != moving_averages_lib.NEVER
    key = _find(saved, _RAW, place)
    holder: Mapping[Any, Any] = saved
    path: tuple[str, ...] = ()
    if with_averages:
        _check_names(saved, place)
        path, holder, key = _prefer_averages(saved, key, place)
    elif key is None:
        key = _find_raw_beside_averages(saved, place)
    if key is None:
        return choose_part(saved, moving_averages, place)
    is_average = with_averages and key in pytorch_averages.KEYS
    kind = "the moving averages" if is_average else "the values"
    tensors, path = _descend(holder[key], (*path, key), place)
    part = choose_part(tensors, moving_averages, place)
    note = part.note or f"took {kind} below '{_show_path(path)}' of {place}"
    return Choice(part.tensors, path, note, _read_architecture(saved))


def choose_part(tensors: Any, moving_averages: str, place: str) -> Choice:
    """Chooses between a network and its averages in one state dict.

    Args:
      tensors: the state dict, or another object, which is returned as it is.
      moving_averages: see `choose`.
      place: what messages call the file.
    """
    stems = [library.stem for library in libraries.PYTORCH]
    parts = pytorch_averages.split(tensors, stems)
    if parts is None:
        return Choice(tensors)
    averages, others = parts
    if moving_averages == moving_averages_lib.NEVER:
        note = f"took the values beside the moving averages of {place}"
        return Choice(others, note=note)
    note = f"took the moving averages beside the values of {place}"
    return Choice(averages, note=note)


def explain(path: Sequence[Any], choice: Choice) -> str:
    """Returns why a tensor outside of the state dict is the value of no variable.

    Args:
      path: the keys that lead to the tensor.
      choice: the state dict.
    """
    parts = {part for key in path for part in str(key).split(".")}
    if not parts.isdisjoint(pytorch_averages.KEYS):
        return reasons.AVERAGE
    first = str(path[0]) if path else ""
    is_beside = tuple(path[:-1]) == choice.path and "." in str(path[-1])
    if is_beside or (first in _RAW and choice.path[:1] != (first,)):
        return reasons.RAW
    return reasons.OPTIMIZER if "optim" in first else reasons.OTHER_PART


def _check_names(saved: Mapping[Any, Any], place: str) -> None:
    """Refuses averages without names: which parameters they are of is not known."""
    path = pytorch_averages.find_unnamed(saved)
    if path is not None:
        raise errors.InputError(
            f"{place} must hold moving averages by their names, found a list without "
            f"names below '{_show(path)}': save a state dict of the averages, or give "
            "--moving_averages=never to take the raw values"
        )


def _prefer_averages(
    saved: Mapping[Any, Any], raw: str | None, place: str
) -> tuple[tuple[str, ...], Mapping[Any, Any], str | None]:
    """Returns where the averages are, or the raw values if there are none.

    Returns:
      The keys that lead to a dict, the dict, and the key of the state dict there.
    """
    found: list[tuple[tuple[str, ...], Mapping[Any, Any], str]] = []
    for path, state in [((), saved), *pytorch_averages.list_callbacks(saved)]:
        key = _find(state, pytorch_averages.KEYS, place)
        if key is not None:
            found.append((path, state, key))
    if len(found) > 1:
        names = [_show_path((*path, key)) for path, _, key in found[:2]]
        raise errors.InputError(
            f"{place} must hold the moving averages once, found them below "
            f"'{names[0]}' and '{names[1]}': give --moving_averages=never to take the "
            "raw values"
        )
    return found[0] if found else ((), saved, raw)


def _find_raw_beside_averages(saved: Mapping[Any, Any], place: str) -> str | None:
    """Returns the key of averages that have the raw values beside them.

    Raises:
      errors.InputError: if there are averages only.
    """
    key = _find(saved, pytorch_averages.KEYS, place)
    if key is None:
        return None
    part = choose_part(saved[key], moving_averages_lib.NEVER, place)
    if part.note is not None:
        return key
    raise errors.InputError(
        f"{place} must hold raw values, found moving averages only, below "
        f"'{key}': leave out --moving_averages=never"
    )


def _show_path(path: Sequence[str]) -> str:
    return _show(".".join(path))


def _show(text: str) -> str:
    return escaping.cut(escaping.escape_terminal(text))


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
    shown = _show(value.name)
    cause = "was the model saved instead of model.state_dict()?"
    if not set(path).isdisjoint(pytorch_averages.KEYS):
        cause += " Give --moving_averages=never to take the raw values"
    return errors.InputError(
        f"{place} must hold a state dict below '{_show_path(path)}', found an object "
        f"of '{shown}': {cause}"
    )


def _read_architecture(saved: Mapping[Any, Any]) -> str | None:
    name = saved.get(_ARCHITECTURE)
    if isinstance(name, str) and len(name) <= _LONGEST_ARCHITECTURE:
        return name
    return None
