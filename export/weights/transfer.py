"""Transfers a file to a partial one, and continues where the last transfer ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import time
from typing import Any, BinaryIO

from ... import bounded_files, escaping, progress_bars
from . import addresses, http_client

_BLOCK_BYTES = 2**16
# A server that sends less than this in that time is taken for stalled.
_PACE_SECONDS = 60.0
_PACE_BYTES = 2**10

# Beside a partial file: the tag or the date of the file that it is the start of. Only a
# file with one is continued.
_VALIDATOR = ".validator"
_LONGEST_VALIDATOR = 1000
_VALID = re.compile(r"[\x20-\x7e]+")
_RANGE = re.compile(r"bytes ([0-9]{1,19})-[0-9]+/([0-9]+|\*)")
_SIZE = re.compile(r"[0-9]+")
_LONGEST_SIZE = 20


def count_kept(path: str) -> int:
    """Returns the number of bytes of a partial file that a transfer can continue."""
    if _read_validator(path) is None or not os.path.isfile(path):
        return 0
    return os.path.getsize(path)


def discard(path: str) -> None:
    """Removes a partial file, if there is one."""
    for each in (path, path + _VALIDATOR):
        with contextlib.suppress(FileNotFoundError):
            os.remove(each)


def run(address: addresses.Address, path: str, max_bytes: int) -> bool:
    """Transfers a file to its end.

    Args:
      address: where it is.
      path: the partial file. What is there already is continued if the server still
        has the same file, and replaced otherwise.
      max_bytes: the greatest size of the file.

    Returns:
      Whether the file was continued.

    Raises:
      http_client.TransferError: if the transfer fails. What was received is kept.
      OSError: if the partial file cannot be written.
    """
    kept = count_kept(path)
    validator = _read_validator(path)
    headers = {"Accept-Encoding": "identity", "User-Agent": "efficientnet-hub"}
    if kept and validator is not None:
        headers.update({"Range": f"bytes={kept}-", "If-Range": validator})
    try:
        response = http_client.open_address(address, headers)
    except http_client.TransferError as error:
        if error.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            discard(path)  # It is not shorter than the server's file.
        raise
    with response:
        start = _find_start(response, kept, path)
        total = _find_total(response, start)
        _check_size(total or 0, max_bytes)
        if not start:
            _start(path, response)
        progress = progress_bars.start_download(total, start)
        with open(path, "ab") as file, progress as bar:
            _receive(response, file, start, total, max_bytes, bar)
            file.flush()
            os.fsync(file.fileno())
    return start > 0


def _read_validator(path: str) -> str | None:
    if not os.path.isfile(path + _VALIDATOR):
        return None
    content = bounded_files.read(
        path + _VALIDATOR, "the tag of a download", _LONGEST_VALIDATOR
    )
    text = content.decode("ascii", "replace")
    return text if _is_validator(text) else None


def _is_validator(text: str) -> bool:
    return len(text) <= _LONGEST_VALIDATOR and _VALID.fullmatch(text) is not None


def _start(path: str, response: http.client.HTTPResponse) -> None:
    """Makes the partial file empty, and notes by what it can be continued."""
    discard(path)
    validator = http_client.read_header(response, "ETag")
    # A weak tag is that of files of equal meaning, which may have other bytes.
    if not validator or validator.startswith("W/"):
        validator = http_client.read_header(response, "Last-Modified")
    can_continue = http_client.read_header(response, "Accept-Ranges") == "bytes"
    if can_continue and _is_validator(validator):
        with open(path + _VALIDATOR, "w", encoding="ascii") as file:
            file.write(validator)


def _find_start(response: http.client.HTTPResponse, kept: int, path: str) -> int:
    """Returns the position in the file at which an answer starts."""
    if response.status == http.client.OK:
        return 0
    found = _RANGE.match(http_client.read_header(response, "Content-Range"))
    first = -1 if found is None else int(found.group(1))
    if response.status == http.client.PARTIAL_CONTENT and kept and first == kept:
        return kept
    discard(path)
    raise http_client.TransferError(
        f"another answer than the file (HTTP {response.status})",
        "does the server have a failure?",
        is_final=False,
    )


def _find_total(response: http.client.HTTPResponse, start: int) -> int | None:
    """Returns the size of the whole file, None if the server does not say it."""
    if start:
        found = _RANGE.match(http_client.read_header(response, "Content-Range"))
        total = "" if found is None else found.group(2)
    else:
        total = http_client.read_header(response, "Content-Length")
    if not total or total == "*":
        return None
    if not _SIZE.fullmatch(total):
        raise http_client.ConnectionLostError(
            f"no sound answer (the size {escaping.show_value(total)})"
        )
    # Of a long number, `int` may take long. Its first digits are too many bytes too.
    return int(total[:_LONGEST_SIZE])


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise http_client.TransferError(
            f"a file of more than {max_bytes} bytes",
            "is it another file?",
            is_final=True,
        )


def _receive(
    response: http.client.HTTPResponse,
    file: BinaryIO,
    start: int,
    total: int | None,
    max_bytes: int,
    bar: Any,
) -> None:
    """Writes the content of an answer to the end of a file."""
    size = start
    pace = _Pace()
    while total is None or size < total:
        block = _read_block(response)
        if not block:
            break
        size += len(block)
        _check_size(size, max_bytes)
        file.write(block)
        bar.update(len(block))
        pace.add(len(block))
    if total is not None and size < total:
        raise http_client.ConnectionLostError(
            f"the end of the connection after {size} of {total} bytes"
        )


def _read_block(response: http.client.HTTPResponse) -> bytes:
    # `read1` returns what a packet brings; `read` collects many of them.
    try:
        return response.read1(_BLOCK_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise http_client.describe(error) from error


class _Pace:
    """Refuses a transfer that makes hardly any progress."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._count = 0

    def add(self, count: int) -> None:
        """Counts bytes.

        Raises:
          http_client.ConnectionLostError: if there were too few in the last minute.
        """
        self._count += count
        now = time.monotonic()
        if now - self._since < _PACE_SECONDS:
            return
        if self._count < _PACE_BYTES:
            raise http_client.ConnectionLostError(
                f"{self._count} bytes in {now - self._since:.0f} seconds"
            )
        self._since, self._count = now, 0
