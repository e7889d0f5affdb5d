"""Finds moving averages in what a PyTorch program saved, by the names they have there.

`ema_pytorch` has them below 'ema_model.' in a state dict that also holds the network,
below 'online_model.'. `torch_ema` and others have a list without names, in the order of
the parameters that were trained: which ones those are is not in the file.
"""

from __future__ import annotations

from typing import Any, Collection, Iterator, Mapping

from .containers import pytorch_tensor

# The keys of moving averages: of timm, torchvision, and others.
KEYS = (
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "model_state_dict_ema",
) + ("model_ema_state_dict", "ema_model", "ema")
_LIST_KEYS = ("shadow_params", *KEYS)
# Where Lightning keeps what callbacks save, by the name of each.
_CALLBACKS = "callbacks"
# Lists are looked for in the state of an optimizer of a training, not further.
_MOST_LEVELS = 5
_MOST_VALUES = 100_000


def find_unnamed(saved: Any) -> str | None:
    """Returns the keys that lead to a list of averages, None if there is no list."""
    level: list[tuple[str, Any]] = [("", saved)]
    seen = 0
    for _ in range(_MOST_LEVELS):
        deeper: list[tuple[str, Any]] = []
        for path, value in level:
            for key, child in _list_children(value):
                seen += 1
                if seen > _MOST_VALUES:
                    return None
                if key in _LIST_KEYS and _is_list_of_tensors(child):
                    return f"{path}{key}"
                if isinstance(child, (dict, list, tuple)):
                    deeper.append((f"{path}{key}.", child))
        level = deeper
    return None


def _list_children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield str(key), child
    elif isinstance(value, (list, tuple)):
        for index, child in enumerate(value):
            yield str(index), child


def _is_list_of_tensors(value: Any) -> bool:
    is_list = isinstance(value, (list, tuple)) and bool(value)
    return is_list and all(isinstance(each, pytorch_tensor.Tensor) for each in value)


def list_callbacks(
    saved: Mapping[Any, Any],
) -> list[tuple[tuple[str, ...], Mapping[Any, Any]]]:
    """Returns what callbacks of Lightning saved, each with the keys that lead to it."""
    callbacks = saved.get(_CALLBACKS)
    if not isinstance(callbacks, dict):
        return []
    return [
        ((_CALLBACKS, str(name)), state)
        for name, state in callbacks.items()
        if isinstance(state, dict)
    ]


def split(
    tensors: Any, stems: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Splits a state dict with a network and its averages, by the parts of the names.

    Args:
      tensors: the state dict, or another object.
      stems: names of a tensor that each network has, one for each library.

    Returns:
      The moving averages and the other tensors, None unless a network is in both.
    """
    if not isinstance(tensors, dict) or not all(type(key) is str for key in tensors):
        return None
    averages: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for key, value in tensors.items():
        is_average = not set(KEYS).isdisjoint(key.split(".")[:-1])
        (averages if is_average else others)[key] = value
    ends = tuple(f".{stem}" for stem in stems)
    for part in (averages, others):
        if not any(f".{key}".endswith(ends) for key in part):
            return None
    return averages, others
