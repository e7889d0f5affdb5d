"""Starts the process that reads an HDF5 file.

The HDF5 library is not made for files of any origin. Of 5,000 copies of small files
with up to four damaged places, HDF5 1.10.4 crashed at 40 and did not end at 5, and
HDF5 2.0.0 did not end at 8.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import BinaryIO, Iterator

from . import contents as contents_lib
from . import hdf5_reply
from .refusal import RefusedError

# The reader takes less than 0.1 seconds for a small file. HDF5 reads hundreds of MB in
# a second, also with gzip.
_MIN_SECONDS = 3
_BYTES_PER_SECOND = 2**22
# A busy machine or a slow disk makes a program wait longer than it computes.
_MOST_WAITING = 10
# The path is that of this process: the package may be anywhere on it.
_PROGRAM = (
    "import importlib, sys; sys.path[:] = sys.argv[4:]; "
    "importlib.import_module(sys.argv[1]).main(int(sys.argv[2]), int(sys.argv[3]))"
)
_MODULE = f"{__package__}.hdf5_reader"
_ENVIRONMENT = {
    "HDF5_PLUGIN_PRELOAD": "::",  # No filter is loaded from a plugin.
    "HDF5_USE_FILE_LOCKING": "FALSE",  # Some file systems have no locks.
    "OPENBLAS_NUM_THREADS": "1",
}


def read(file: BinaryIO, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of an HDF5 file, see `hdf5_file.read`.

    Args:
      file: the file, which has a descriptor.
      max_bytes: the number of bytes that the arrays may have together.

    Raises:
      RefusedError: if the file is refused, or reading it ends the process.
    """
    size = os.fstat(file.fileno()).st_size
    seconds = _MIN_SECONDS + size // _BYTES_PER_SECOND
    with _start(file, seconds, max_bytes) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            hdf5_reply.read_start(process.stdout)
        except hdf5_reply.CutOffError as error:
            message = process.stderr.read().decode("utf-8", "replace")
            raise RuntimeError(
                f"the reader of HDF5 did not start: {message}"
            ) from error
        try:
            return hdf5_reply.read(process.stdout, max_bytes)
        except hdf5_reply.CutOffError as error:
            raise _describe_end(process.wait(), seconds) from error


@contextlib.contextmanager
def _start(
    file: BinaryIO, seconds: int, max_bytes: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the process, and ends it when the body ends, or if it takes too long."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _PROGRAM, _MODULE, str(seconds), str(max_bytes)]
        + sys.path,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, **_ENVIRONMENT),
        bufsize=0,
    )
    timer = threading.Timer(seconds * _MOST_WAITING, process.kill)
    timer.daemon = True
    timer.start()
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        timer.cancel()
        timer.join()


def _describe_end(status: int, seconds: int) -> RefusedError:
    """Returns the refusal of a file at which the process ended with a status."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        found = f"what takes the HDF5 library more than {seconds} seconds"
    else:
        found = f"what makes the HDF5 library fail (exit status {status})"
    return RefusedError(
        "groups and datasets of HDF5", found, "the file was damaged or made to do so"
    )
