"""Lists the tensors of what a PyTorch program saved, wherever they are in it."""

from __future__ import annotations

from typing import Any, Iterator, Tuple

from .containers import pytorch_tensor

# The keys that lead to a tensor.
Path = Tuple[Any, ...]


def walk(saved: Any, besides: Any) -> Iterator[tuple[Path, pytorch_tensor.Tensor]]:
    """Yields the keys of each tensor, and the tensor, in the order of the file.

    Args:
      saved: see `pytorch_pickle.SavedFile`. A dict or list that is there more than
        once, or within itself, is walked the first time only.
      besides: the dict within whose tensors are left out.
    """
    seen = {id(besides)}
    pending: list[tuple[Path, Any]] = [((), saved)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, pytorch_tensor.Tensor):
            yield path, value
        elif isinstance(value, (dict, list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            items = value.items() if isinstance(value, dict) else enumerate(value)
            pending += reversed([((*path, key), each) for key, each in items])
