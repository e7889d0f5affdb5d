"""Reads the two file formats of `torch.save`: a pickle and the bytes of tensors.

Both hold one pickle, which describes the saved object, and the bytes of the storages
that the pickle refers to. Since PyTorch 1.6 they are members of a zip archive. Before,
they followed each other. Source: `torch/serialization.py`.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO, Callable, Collection, NamedTuple

from . import inert_pickle, pickle_budget, pytorch_tensor, refusal, zip_members
from .refusal import RefusedError

_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
_PROTOCOL_VERSION = 1001

# What messages call the writer of archives.
_WRITER = "torch.save"


class Contents(NamedTuple):
    """The content of a file.

    Attributes:
      saved: The saved object, with a `pytorch_tensor.Tensor` for each tensor.
      read_storage: Returns the bytes of a storage.
      unread: The names of the classes of objects that are not read, see
        `inert_pickle.Unread`.
    """

    saved: Any
    read_storage: Callable[[pytorch_tensor.Storage], bytes]
    unread: set[str]


def read_zipped(file: BinaryIO) -> Contents:
    """Returns the contents of a file in the format of PyTorch 1.6 and later.

    The members are `<archive>/data.pkl`, `<archive>/data/<key>` for each storage, and
    in newer versions `<archive>/byteorder`. Others are ignored.

    Args:
      file: The file, which must stay open.

    Raises:
      RefusedError: The archive is cut off or damaged, is not one that `torch.save`
        writes, or the pickle is refused. `Contents.read_storage` raises it if a storage
        is damaged, by its checksum.
    """
    archive = zip_members.Archive(file, _WRITER)
    root = _archive_name(archive.sizes)
    order = f"{root}/byteorder"
    _check_little_endian(order not in archive.sizes or archive.read(order) == b"little")
    catalog = pytorch_tensor.StorageCatalog()
    unread: set[str] = set()
    pickled = io.BytesIO(archive.read(f"{root}/data.pkl"))
    saved = _unpickle(pickled, catalog, pickle_budget.Budget(), unread)
    for key, storage in catalog.storages.items():
        _check_size(storage, archive.sizes.get(f"{root}/data/{key}", 0))

    def read_storage(storage: pytorch_tensor.Storage) -> bytes:
        # PyTorch may leave out the member of an empty storage.
        name = f"{root}/data/{storage.key}"
        return archive.read(name) if storage.nbytes else b""

    return Contents(saved, read_storage, unread)


def _archive_name(members: Collection[str]) -> str:
    """Returns the folder that all of an archive's members are in."""
    names = {name.split("/")[0] for name in members}
    if len(names) != 1 or f"{min(names)}/data.pkl" not in members:
        raise zip_members.describe_foreign(
            _WRITER, "no member <archive>/data.pkl, or members elsewhere"
        )
    return names.pop()


def read_unzipped(file: BinaryIO) -> Contents:
    """Returns the contents of a file in the format before PyTorch 1.6.

    The file is a sequence: the pickles of a magic number, of the version of the format
    and of facts about the system that wrote it; the pickle of the saved object; the
    pickle of the keys of the storages; and for each key the number of elements (int64)
    and their bytes.

    Args:
      file: The file at its start, which must stay open.

    Raises:
      RefusedError: The file is cut off or damaged, not in this format, or a pickle is
        refused.
    """
    catalog = pytorch_tensor.StorageCatalog()
    budget = pickle_budget.Budget()
    _check_preamble(file, budget)
    unread: set[str] = set()
    saved = _unpickle(file, catalog, budget, unread)
    keys = _unpickle_fact(file, budget)
    _check_keys(keys, catalog)
    size = os.fstat(file.fileno()).st_size
    starts = {key: _skip_storage(file, catalog.storages[key], size) for key in keys}
    if file.read(1):
        raise RefusedError(
            "the end of the file after the last storage",
            "more bytes",
            "something was appended to the file",
        )

    def read_storage(storage: pytorch_tensor.Storage) -> bytes:
        file.seek(starts[storage.key])
        raw = file.read(storage.nbytes)
        _check_size(storage, len(raw))
        return raw

    return Contents(saved, read_storage, unread)


def _check_preamble(stream: BinaryIO, budget: pickle_budget.Budget) -> None:
    if not _is_int(_unpickle_fact(stream, budget), _MAGIC_NUMBER):
        raise RefusedError(
            "PyTorch's magic number",
            "a pickle of something else",
            "the file was written with pickle.dump rather than torch.save",
        )
    if not _is_int(_unpickle_fact(stream, budget), _PROTOCOL_VERSION):
        raise RefusedError(
            f"version {_PROTOCOL_VERSION} of the format before PyTorch 1.6",
            "another one",
            "the file was damaged",
        )
    system = _unpickle_fact(stream, budget)
    if not isinstance(system, dict):
        raise _damaged("no facts about the system that wrote it")
    _check_little_endian(system.get("little_endian") is True)


def _check_keys(keys: Any, catalog: pytorch_tensor.StorageCatalog) -> None:
    if type(keys) is not list or any(type(key) is not str for key in keys):
        raise _damaged("no list of the storages' keys")
    if len(set(keys)) < len(keys) or set(keys) != set(catalog.storages):
        raise _damaged("a list of other storages than the tensors refer to")


def _skip_storage(file: BinaryIO, storage: pytorch_tensor.Storage, size: int) -> int:
    """Returns where the elements of the next storage start, and goes to their end."""
    length = file.read(8)
    if len(length) < 8 or int.from_bytes(length, "little") != storage.numel:
        shown = refusal.quoted(storage.key)
        raise RefusedError(
            f"storage {shown} of {storage.numel} elements",
            f"one that begins with the length 0x{length[::-1].hex()}",
            "the file was cut off or damaged",
        )
    start = file.tell()
    _check_size(storage, min(storage.nbytes, size - start))
    file.seek(start + storage.nbytes)
    return start


def _unpickle(
    stream: BinaryIO,
    catalog: pytorch_tensor.StorageCatalog,
    budget: pickle_budget.Budget,
    unread: set[str] | None = None,
) -> Any:
    return inert_pickle.load(
        stream, pytorch_tensor.NAMES, catalog.resolve, unread, budget
    )


def _unpickle_fact(stream: BinaryIO, budget: pickle_budget.Budget) -> Any:
    """Unpickles a fact about the file, which has no tensors."""
    return _unpickle(stream, pytorch_tensor.StorageCatalog(), budget)


def _check_size(storage: pytorch_tensor.Storage, available: int) -> None:
    if available != storage.nbytes:
        shown = refusal.quoted(storage.key)
        raise RefusedError(
            f"{storage.nbytes} bytes of storage {shown}",
            f"{available}",
            "the file was cut off or damaged",
        )


def _check_little_endian(is_little: bool) -> None:
    if not is_little:
        raise RefusedError(
            "a little-endian file",
            "one of another byte order",
            "it was saved on a big-endian machine, not on a little-endian one",
        )


def _is_int(value: Any, wanted: int) -> bool:
    return type(value) is int and value == wanted


def _damaged(found: str) -> RefusedError:
    return RefusedError("PyTorch's format before 1.6", found, "the file was damaged")
