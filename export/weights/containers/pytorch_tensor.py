"""Converts the descriptions of tensors in a PyTorch pickle to NumPy arrays.

A storage is a one-dimensional array of elements. A tensor is a strided view of one. The
pickle holds their description, and the elements are elsewhere in the file. The names
and argument lists are those of `torch/_utils.py` and `torch/serialization.py`.
"""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

import numpy as np

from . import bfloat16, contents, pickle_refusals, refusal
from .inert_pickle import Function, Unread
from .refusal import RefusedError

# The limit of numpy before 2.0.
_MOST_DIMENSIONS = 32


@dataclasses.dataclass(frozen=True)
class StorageType:
    """The type of the elements of a storage, and the numpy type of their bytes."""

    name: str
    stored_as: str

    @property
    def itemsize(self) -> int:
        """The number of bytes of one element."""
        return np.dtype(self.stored_as).itemsize

    @property
    def dtype(self) -> str:
        """The name of the type of an element, such as 'float32' or 'bfloat16'."""
        return "bfloat16" if self.is_bfloat16 else np.dtype(self.stored_as).name

    @property
    def is_bfloat16(self) -> bool:
        """Whether an element is a bfloat16, which numpy does not have."""
        return self.name == "BFloat16Storage"


@dataclasses.dataclass(frozen=True)
class Storage:
    """A whole storage: the `numel` elements that the file has under `key`."""

    key: str
    type: StorageType
    numel: int

    @property
    def nbytes(self) -> int:
        """The number of bytes of all elements."""
        return self.numel * self.type.itemsize


@dataclasses.dataclass(frozen=True)
class StorageSlice:
    """The `numel` elements of a storage from element `first` on."""

    storage: Storage
    first: int
    numel: int


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A view of a storage's slice; all numbers count elements, not bytes."""

    elements: StorageSlice
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def stored(self) -> contents.Stored:
        """The type of the elements and the shape."""
        return contents.Stored(self.elements.storage.type.dtype, self.size)


class StorageCatalog:
    """The storages that a pickle refers to, by key, in the order of first mention."""

    def __init__(self) -> None:
        self.storages: dict[str, Storage] = {}

    def resolve(self, persistent_id: Any) -> StorageSlice:
        """Returns the storage, or the slice of a storage, that a persistent id names.

        Args:
          persistent_id: ("storage", type, key, location, numel), to which the format
            before 1.6 adds None or, in the first versions only, (key of the slice,
            first element, number of elements).

        Raises:
          RefusedError: The id has another form, or contradicts an earlier one.
        """
        if type(persistent_id) is not tuple or len(persistent_id) not in (5, 6):
            raise _damaged("a persistent id of an unknown form")
        tag, storage_type, key, _, numel = persistent_id[:5]
        if isinstance(storage_type, Unread):
            raise pickle_refusals.refuse_name(storage_type.name)
        if tag != "storage" or not isinstance(storage_type, StorageType):
            raise _damaged("a persistent id of something else than a storage")
        if type(key) is not str or not _is_count(numel):
            raise _damaged("a storage without a key or with an impossible size")
        storage = Storage(key, storage_type, numel)
        if self.storages.setdefault(key, storage) != storage:
            raise _damaged(f"two descriptions of storage {refusal.quoted(key)}")
        return _slice(storage, *persistent_id[5:])


def _slice(storage: Storage, bounds: Any = None) -> StorageSlice:
    if bounds is None:
        return StorageSlice(storage, 0, storage.numel)
    if type(bounds) is not tuple or len(bounds) != 3:
        raise _damaged("a slice of a storage of an unknown form")
    _, first, numel = bounds
    if not _is_count(first) or not _is_count(numel) or first + numel > storage.numel:
        raise _damaged("a slice that reaches outside its storage")
    return StorageSlice(storage, first, numel)


def _ordered_dict() -> collections.OrderedDict:
    # It takes no arguments: a pickle could have a long list of items copied many
    # times. Python 3 pickles the items as assignments.
    return collections.OrderedDict()


def _rebuild_tensor(elements: Any, offset: Any, size: Any, stride: Any) -> Tensor:
    if not isinstance(elements, StorageSlice):
        raise _damaged("a tensor without a storage")
    if not _is_count(offset) or not _are_counts(size) or not _are_counts(stride):
        raise _damaged("a tensor of an impossible offset, size or stride")
    if len(size) != len(stride):
        raise _damaged(f"a tensor of {len(size)} sizes and {len(stride)} strides")
    return Tensor(elements, offset, size, stride)


def _rebuild_tensor_v2(
    elements: Any,
    offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    del requires_grad, backward_hooks  # Training uses them.
    if metadata:
        raise RefusedError(
            "plain tensors",
            "a tensor with metadata, as for one negated or conjugated on reading",
            "the tensors were saved without resolve_neg() or resolve_conj()",
        )
    return _rebuild_tensor(elements, offset, size, stride)


def _rebuild_parameter(data: Any, requires_grad: Any, backward_hooks: Any) -> Any:
    del requires_grad, backward_hooks  # Training uses them.
    return data


_STORAGE_TYPES = (
    StorageType("FloatStorage", "<f4"),
    StorageType("DoubleStorage", "<f8"),
    StorageType("HalfStorage", "<f2"),
    StorageType("BFloat16Storage", "<u2"),
    StorageType("LongStorage", "<i8"),
    StorageType("IntStorage", "<i4"),
    StorageType("ShortStorage", "<i2"),
    StorageType("CharStorage", "i1"),
    StorageType("ByteStorage", "u1"),
    StorageType("BoolStorage", "?"),
)

# Every name that the pickle of a state dict may have.
NAMES: dict[str, Any] = {
    "collections.OrderedDict": Function(_ordered_dict),
    "torch._utils._rebuild_tensor": Function(_rebuild_tensor),
    "torch._utils._rebuild_tensor_v2": Function(_rebuild_tensor_v2),
    "torch._utils._rebuild_parameter": Function(_rebuild_parameter),
}
NAMES.update({f"torch.{kind.name}": kind for kind in _STORAGE_TYPES})


def storage_values(storage: Storage, raw: bytes) -> np.ndarray:
    """Returns the elements of a storage as a read-only array of shape (numel,).

    The dtype has the same width and kind. numpy has no bfloat16: those elements become
    float32, without loss.

    Args:
      storage: The type and the number of the elements.
      raw: Their bytes, little-endian, `storage.nbytes` in number.
    """
    values = np.frombuffer(raw, storage.type.stored_as)
    if storage.type.is_bfloat16:
        values = bfloat16.widen(values)
    values.flags.writeable = False
    return values


def check_tensor(name: str, tensor: Tensor) -> None:
    """Checks that a tensor can be an array, whatever its elements are.

    Raises:
      RefusedError: It reaches outside its storage, or has more elements than that.
    """
    if 0 not in tensor.size:
        _check_fits(name, tensor)


def tensor_array(name: str, tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """Returns a tensor as a read-only array, a view of the elements of its storage.

    Args:
      name: The name of the tensor, for messages.
      tensor: The elements, their shape and their order.
      values: All elements of the storage, see `storage_values`.

    Raises:
      RefusedError: The tensor reaches outside its storage, or has more elements than
        the storage.
    """
    if 0 in tensor.size:
        return _empty_array(name, tensor.size, values)
    _check_fits(name, tensor)
    itemsize = values.dtype.itemsize
    # The stride along a size of 1 is not used, and may be any number.
    strides = [
        stride * itemsize if size > 1 else itemsize
        for size, stride in zip(tensor.size, tensor.stride)
    ]
    return np.ndarray(
        tensor.size,
        values.dtype,
        buffer=values,
        offset=(tensor.elements.first + tensor.offset) * itemsize,
        strides=strides,
    )


def _check_fits(name: str, tensor: Tensor) -> None:
    numel = tensor.elements.numel
    expected = f"tensor {refusal.quoted(name)} within its {numel} elements"
    last = tensor.offset
    count = 1
    for size, stride in zip(tensor.size, tensor.stride):
        last += (size - 1) * stride
        count *= size
    if last >= numel:
        raise RefusedError(
            expected, f"a view up to element {last}", "the file was damaged"
        )
    if count > numel:
        raise RefusedError(
            expected,
            "a view that repeats them",
            "an expanded tensor was saved without contiguous()",
        )


def _empty_array(name: str, size: tuple[int, ...], values: np.ndarray) -> np.ndarray:
    # numpy does not allocate memory if it has a buffer, whatever the other sizes.
    try:
        return np.ndarray(size, values.dtype, buffer=values, strides=[0] * len(size))
    except ValueError as error:
        shown = refusal.quoted(name)
        raise _damaged(f"tensor {shown} of an impossible size") from error


def _is_count(number: Any) -> bool:
    # No file has more. Below this limit the number of bytes of a storage is an int64.
    return type(number) is int and 0 <= number < 1 << 48


def _are_counts(numbers: Any) -> bool:
    return (
        type(numbers) is tuple
        and len(numbers) <= _MOST_DIMENSIONS
        and all(_is_count(number) for number in numbers)
    )


def _damaged(found: str) -> RefusedError:
    return RefusedError("a well-formed state dict", found, "the file was damaged")
