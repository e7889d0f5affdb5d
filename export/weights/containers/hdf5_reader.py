"""The process that reads an HDF5 file, within limits of time and memory.

Its standard input is the file. It opens nothing else.
"""

from __future__ import annotations

import os
import resource
from typing import Any, BinaryIO

from .... import dependencies, errors
from . import hdf5_attributes, hdf5_datasets, hdf5_objects, hdf5_reply
from .refusal import RefusedError, quoted

_FILE = b"/dev/fd/0"
# What opening a file and listing its objects takes, in addition to the arrays.
_REST_BYTES = 2**28


def main(seconds: int, max_bytes: int) -> None:
    """Writes what is in the file to the standard output, see `hdf5_reply`.

    Args:
      seconds: the time that the processor may take.
      max_bytes: the number of bytes that the arrays may have together.
    """
    h5py = dependencies.optional("h5py", "keras", "reading HDF5 files")
    size = os.fstat(0).st_size
    with os.fdopen(os.dup(1), "wb") as stream:
        hdf5_reply.write_start(stream)
        _silence()
        try:
            _limit(seconds, max_bytes)
            opened = h5py.h5f.open(_FILE, h5py.h5f.ACC_RDONLY)
            # No link, external storage or virtual dataset can open another file, and no
            # filter a plugin.
            _set_limit(resource.RLIMIT_NOFILE, 0)
            _write_contents(h5py, opened, size, max_bytes, stream)
        except RefusedError as error:
            hdf5_reply.write_refusal(stream, error)
        # The library has errors of most kinds for damaged files.
        except Exception as error:
            hdf5_reply.write_refusal(stream, _describe_damage(error))
        # The library can hang when it closes a damaged file.
        stream.flush()
        os._exit(0)


def _silence() -> None:
    """Makes the standard output and error vanish: the library writes to both."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _limit(seconds: int, max_bytes: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _set_limit(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime) + seconds)
    _set_limit(resource.RLIMIT_AS, _count_memory() + _REST_BYTES + max_bytes)
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_FSIZE, 0)


def _set_limit(which: int, limit: int) -> None:
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(which, (limit, limit))


def _count_memory() -> int:
    """Returns the size of the address space of this process in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _write_contents(
    h5py: Any, opened: Any, size: int, max_bytes: int, stream: BinaryIO
) -> None:
    attribute_reader = hdf5_attributes.AttributeReader(h5py)
    datasets = hdf5_datasets.DatasetReader(h5py, size, max_bytes)
    plans, left_out, attributes = [], {}, {}
    root = h5py.h5g.open(opened, b"/")
    for path, found in hdf5_objects.ObjectLister(h5py).walk(root):
        if isinstance(found, h5py.h5g.GroupID):
            texts = attribute_reader.read_all(found, path)
            if texts:
                attributes[path] = texts
            continue
        mark = attribute_reader.read_text(found, "dtype", path)
        plan = datasets.plan(found, path, mark)
        if plan is None:
            left_out[path] = datasets.describe(found)
        else:
            plans.append(plan)
    hdf5_reply.write_description(
        stream,
        {plan.path: (plan.dtype, plan.stored) for plan in plans},
        left_out,
        attributes,
    )
    for plan in plans:
        hdf5_reply.write_array(stream, datasets.read(plan))


def _describe_damage(error: Exception) -> RefusedError:
    if isinstance(error, MemoryError):
        return RefusedError(
            "groups and datasets of HDF5",
            "what takes too much memory to read",
            "the file was damaged or made to do so",
        )
    return RefusedError(
        "groups and datasets of HDF5",
        f"what the library refuses ({quoted(errors.first_line(error))})",
        "the file was cut off or damaged",
    )
