"""Reads the datasets of an HDF5 file whose values are floating-point numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import bfloat16, contents
from .refusal import RefusedError, quoted

# zlib compresses at most by this factor: https://zlib.net/zlib_tech.html.
_MOST_COMPRESSION = 1032
# No file has more. Below this limit the number of bytes is an int64.
_MOST_ELEMENTS = 2**48
_BFLOAT16 = "bfloat16"
# Where the sign, the exponent and the mantissa of a bfloat16 begin, and their lengths.
_BFLOAT16_FIELDS = (15, 7, 8, 0, 7)


class Plan(NamedTuple):
    """How to read a dataset.

    Attributes:
      dataset: its DatasetID.
      path: its path in the file.
      dtype: the dtype of the array that it becomes, '<f2', '<f4' or '<f8'.
      shape: the shape of the array.
      is_opaque: whether the file has the values as bytes of a bfloat16.
      stored: what the file says about the array.
    """

    dataset: Any
    path: str
    dtype: str
    shape: tuple[int, ...]
    is_opaque: bool
    stored: contents.Stored

    @property
    def num_bytes(self) -> int:
        """The number of bytes of the array."""
        return np.dtype(self.dtype).itemsize * _count(self.shape)


class DatasetReader:
    """Reads datasets whose values are all in the file.

    Args:
      h5py: the library.
      file_bytes: the size of the file.
      max_bytes: the number of bytes that the arrays may have together.
    """

    def __init__(self, h5py: Any, file_bytes: int, max_bytes: int):
        self._h5py = h5py
        self._file_bytes = file_bytes
        self._max_bytes = max_bytes
        self._bytes_left = max_bytes
        self._stored_left = file_bytes

    def describe(self, dataset: Any) -> contents.Stored:
        """Returns the type, such as 'integer of 8 bytes', and the shape."""
        h5t = self._h5py.h5t
        names = {h5t.INTEGER: "integer", h5t.FLOAT: "float", h5t.STRING: "string"}
        type_, space = dataset.get_type(), dataset.get_space()
        name = names.get(type_.get_class(), "other")
        is_empty = space.get_simple_extent_type() == self._h5py.h5s.NULL
        shape = () if is_empty else space.get_simple_extent_dims()
        return contents.Stored(f"{name} of {type_.get_size()} bytes", tuple(shape))

    def plan(self, dataset: Any, path: str, mark: str | None) -> Plan | None:
        """Returns how to read a dataset, or None if it is not of numbers that we read.

        Args:
          dataset: its DatasetID.
          path: its path.
          mark: the text of its attribute `dtype`, or None.

        Raises:
          RefusedError: if its values are not all in the file, are compressed by another
            filter than gzip, or are more than allowed.
        """
        self._check_storage(dataset, path)
        space = dataset.get_space()
        dtype, is_opaque = self._find_dtype(dataset.get_type(), mark)
        if dtype is None or space.get_simple_extent_type() == self._h5py.h5s.NULL:
            return None
        shape = tuple(space.get_simple_extent_dims())
        is_widened = dataset.get_type().get_size() != np.dtype(dtype).itemsize
        stored = _BFLOAT16 if is_widened else np.dtype(dtype).name
        found = Plan(
            dataset, path, dtype, shape, is_opaque, contents.Stored(stored, shape)
        )
        self._check_size(found)
        return found

    def read(self, plan: Plan) -> np.ndarray:
        """Returns the values of a dataset as a contiguous array."""
        h5py = self._h5py
        array = np.empty(plan.shape, "<u2" if plan.is_opaque else plan.dtype)
        if array.size:
            type_ = (
                plan.dataset.get_type()
                if plan.is_opaque
                else h5py.h5t.py_create(array.dtype)
            )
            plan.dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, array, type_)
        return bfloat16.widen(array) if plan.is_opaque else array

    def _check_storage(self, dataset: Any, path: str) -> None:
        h5d, h5z = self._h5py.h5d, self._h5py.h5z
        properties = dataset.get_create_plist()
        shown = quoted(path)
        if properties.get_layout() not in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED):
            raise _refuse(f"dataset {shown}, a virtual one")
        if properties.get_external_count():
            raise _refuse(f"dataset {shown} with its values in another file")
        for number in range(properties.get_nfilters()):
            code = properties.get_filter(number)[0]
            known = (h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32)
            if code not in known:
                raise _refuse(f"dataset {shown} with filter {code}, which is not gzip")

    def _find_dtype(self, type_: Any, mark: str | None) -> tuple[str | None, bool]:
        """Returns the dtype of the array, if any, and whether the values are opaque."""
        h5t = self._h5py.h5t
        for dtype, types in (
            ("<f2", (h5t.IEEE_F16LE, h5t.IEEE_F16BE)),
            ("<f4", (h5t.IEEE_F32LE, h5t.IEEE_F32BE)),
            ("<f8", (h5t.IEEE_F64LE, h5t.IEEE_F64BE)),
        ):
            if any(type_.equal(each) for each in types):
                return dtype, False
        if type_.get_class() == h5t.FLOAT and type_.get_size() == 2:
            is_known = tuple(type_.get_fields()) == _BFLOAT16_FIELDS
            return ("<f4" if is_known else None), False
        # Keras 3 stores them so: HDF5 before 2.0 has no name for the type.
        is_opaque = type_.get_class() == h5t.OPAQUE and type_.get_size() == 2
        if is_opaque and mark == _BFLOAT16:
            return "<f4", True
        return None, False

    def _check_size(self, plan: Plan) -> None:
        """Checks the size that a shape claims against the bytes in the file."""
        shown = quoted(plan.path)
        stored = plan.dataset.get_storage_size()
        self._stored_left -= stored
        if stored > self._file_bytes or self._stored_left < 0:
            raise _refuse(f"dataset {shown}, for which the file has too few bytes")
        if _count([max(size, 1) for size in plan.shape]) > _MOST_ELEMENTS:
            raise _refuse(f"dataset {shown} of an impossible shape")
        size = plan.dataset.get_type().get_size() * _count(plan.shape)
        most = stored
        if plan.dataset.get_create_plist().get_nfilters():
            most *= _MOST_COMPRESSION
        if size > most:
            raise _refuse(f"dataset {shown} of {size} bytes, of which it has {stored}")
        self._bytes_left -= plan.num_bytes
        if self._bytes_left < 0:
            raise RefusedError(
                f"arrays of at most {self._max_bytes} bytes",
                "more",
                "it is of a larger network, or more was saved than weights",
            )


def _count(shape: Any) -> int:
    count = 1
    for size in shape:
        count *= int(size)
    return count


def _refuse(found: str) -> RefusedError:
    return RefusedError(
        "datasets with values in the file, plain or by gzip",
        found,
        "another program than Keras wrote the file, or it was damaged",
    )
