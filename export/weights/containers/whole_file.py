"""Opens a file of weights, if it is not larger than it may be."""

from __future__ import annotations

import contextlib
import os
from typing import BinaryIO, Iterator

from .refusal import RefusedError

# The first bytes of other files that users often save under the name of weights.
_OTHER_FILES = (
    (b"version https://git-lfs", "a Git LFS pointer", "`git lfs pull` was not run"),
    (b"<", "an HTML or XML page", "the download got an error or login page"),
    (b"\x1f\x8b", "a gzip file", "the download was not unpacked"),
    (b"\x89HDF", "an HDF5 file", "the file is Keras's"),
    (b"PK\x03\x04", "a zip archive", "the file is PyTorch's, or a .keras file"),
)


@contextlib.contextmanager
def open_checked(path: str, expected: str, max_bytes: int) -> Iterator[BinaryIO]:
    """Opens a file.

    Args:
      path: The file.
      expected: What it must hold, for messages.
      max_bytes: The size that it may have.

    Yields:
      The file, open for reading. Errors of the system inside the body are refusals too.

    Raises:
      RefusedError: It cannot be read, is no file, or is larger.
    """
    with open_file(path, expected, max_bytes) as file, refuse_errors(expected):
        yield file


def open_file(path: str, expected: str, max_bytes: int) -> BinaryIO:
    """Opens a file, see `open_checked`. The caller closes it."""
    with refuse_errors(expected):
        if not os.path.isfile(path):  # Opening a named pipe waits for its writer.
            raise FileNotFoundError("no such file")
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(path, "rb"))
            _check_size(os.fstat(file.fileno()).st_size, max_bytes)
            stack.pop_all()  # It stays open.
            return file


@contextlib.contextmanager
def refuse_errors(expected: str) -> Iterator[None]:
    """Makes refusals of the errors of the system when a file is read in the body.

    Args:
      expected: What the file must hold, for messages.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise RefusedError(
            expected,
            f"nothing that can be read ({getattr(error, 'strerror', None) or error})",
            "a mistake in the path, or in its permissions",
        ) from error


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise RefusedError(
            f"at most {max_bytes} bytes",
            f"{size}",
            "it is of a larger network, or more was saved than weights",
        )


def describe_other(start: bytes, expected: str) -> RefusedError:
    """Returns the refusal of a file that does not begin as it must.

    Args:
      start: The first bytes of the file, at least 64 if it has as many.
      expected: What it must hold, for messages.
    """
    if not start:
        return RefusedError(expected, "an empty file", "the download did not begin")
    for beginning, kind, cause in _OTHER_FILES:
        if start[:64].lstrip().startswith(beginning):
            return RefusedError(expected, kind, cause)
    return RefusedError(
        expected,
        f"a file that begins with {start[:8]!r}",
        "it is of another kind, or damaged",
    )
