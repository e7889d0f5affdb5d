"""Downloads files with weights once, and keeps them in a cache."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import time
import uuid
from typing import Iterator

from ... import atomic_files, digests, errors
from ..storage import folder_locks
from . import addresses, catalog, downloaded_files, http_client, transfer

# A mirror of the publisher's bucket, and the folder of the cache.
MIRROR_VARIABLE = "EFFICIENTNET_HUB_MIRROR"
CACHE_VARIABLE = "EFFICIENTNET_HUB_CACHE"

# The greatest size of a file, and of what an archive unpacks to. A training checkpoint
# of the largest network, l2, has about 8 GB.
_MAX_BYTES = 16 * 2**30

# How often a download is tried. One that has brought so many bytes does not count.
_ATTEMPTS = 3
_PROGRESS_BYTES = 2**20


def locate(text: str) -> addresses.Address:
    """Returns the address to download from: the mirror's, if there is one.

    Args:
      text: see `addresses.parse`.

    Raises:
      errors.InputError: if it is not the address of a file with weights.
    """
    address = addresses.parse(text)
    mirror = _find_mirror()
    if not mirror or not address.url.startswith(catalog.BUCKET + "/"):
        return address
    fragment = f"#sha256={address.sha256}" if address.sha256 else ""
    path = address.url[len(catalog.BUCKET) :]
    found = addresses.parse(f"{mirror}{path}{fragment}", allows_http=True)
    return dataclasses.replace(found, of_mirror=True)


def _find_mirror() -> str:
    """Returns the address of the mirror, without a slash at its end; or nothing."""
    return os.environ.get(MIRROR_VARIABLE, "").strip().rstrip("/")


def fetch(address: addresses.Address) -> str:
    """Returns the path of a file in the cache, downloaded if it is not there.

    The file enters the cache when it is whole: it has the size that the server says and
    the SHA-256 of the address, and begins as a file of its kind. An archive is read to
    its end, and holds one folder with a checkpoint. A download that is interrupted is
    continued by the next one.

    Raises:
      errors.InputError: if there is no such file, or all attempts fail.
    """
    folder = os.path.join(_find_cache(), address.key)
    path = os.path.join(folder, address.file_name)
    if _is_cached(path, address):
        return path
    try:
        with _locking(folder) as is_locked:
            # Another process may have downloaded it in the meantime.
            if not _is_cached(path, address):
                name = path if is_locked else f"{path}.{uuid.uuid4().hex}"
                _download(address, name + atomic_files.EXTENSION, path)
    except OSError as error:
        raise errors.InputError(
            "the cache for downloads must be a folder with space that can be written, "
            f"found '{errors.first_line(error)}': name another folder by "
            f"{CACHE_VARIABLE}"
        ) from error
    return path


def _find_cache() -> str:
    """Returns the folder of the cache, by default where the system has caches."""
    cache = os.environ.get(CACHE_VARIABLE, "")
    if not cache:
        base = os.path.join("~", ".cache")
        if sys.platform == "darwin":
            base = os.path.join("~", "Library", "Caches")
        base = os.environ.get("XDG_CACHE_HOME") or base
        cache = os.path.join(base, "efficientnet-hub")
    return os.path.abspath(os.path.expanduser(cache))


def _is_cached(path: str, address: addresses.Address) -> bool:
    if not os.path.isfile(path):
        return False
    return address.sha256 is None or digests.of_file(path) == address.sha256


@contextlib.contextmanager
def _locking(folder: str) -> Iterator[bool]:
    """Creates and locks a folder; removes it if it is empty at the end.

    Yields:
      Whether it is locked: not every file system has locks.
    """
    descriptor = _lock(folder)
    try:
        yield descriptor is not None
    finally:
        with contextlib.suppress(OSError):
            os.rmdir(folder)
        if descriptor is not None:
            os.close(descriptor)


def _lock(folder: str) -> int | None:
    """Returns the descriptor that holds the lock of a folder, None without locks."""
    while True:
        os.makedirs(folder, exist_ok=True)
        try:
            descriptor = folder_locks.lock(folder, wait=True)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        if descriptor is not None and _is_still_there(folder, descriptor):
            return descriptor
        if descriptor is not None:
            os.close(descriptor)


def _is_still_there(folder: str, descriptor: int) -> bool:
    """Returns whether a folder is the locked one: who had the lock may remove it."""
    try:
        return os.path.samestat(os.stat(folder), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _download(address: addresses.Address, part: str, path: str) -> None:
    """Downloads a file to `part`, checks it, and renames it to `path`."""
    try:
        was_continued = _transfer(address, part)
        try:
            downloaded_files.check(address, part, _MAX_BYTES)
        except errors.InputError:
            transfer.discard(part)
            if not was_continued:
                raise
            # The two parts may be of different files.
            _transfer(address, part)
            downloaded_files.check(address, part, _MAX_BYTES)
        os.replace(part, path)
    except http_client.TransferError as error:
        if error.is_final:
            transfer.discard(part)
        raise _describe(address, error) from error
    except errors.InputError:
        transfer.discard(part)
        raise
    finally:
        if not transfer.count_kept(part):
            transfer.discard(part)


def _transfer(address: addresses.Address, part: str) -> bool:
    """Transfers a file, in several attempts; returns whether it was continued."""
    was_continued = False
    failures = 0
    most_kept = transfer.count_kept(part)
    while True:
        try:
            return transfer.run(address, part, _MAX_BYTES) or was_continued
        except http_client.TransferError as error:
            kept = transfer.count_kept(part)
            failures += 1
            if kept >= most_kept + _PROGRESS_BYTES:
                failures, most_kept = 1, kept
            if error.is_final or failures >= _ATTEMPTS:
                raise
            time.sleep(failures)


def _describe(
    address: addresses.Address, error: http_client.TransferError
) -> errors.InputError:
    cause = error.cause
    if address.of_mirror:
        cause = f"{cause[:-1]}, or does {MIRROR_VARIABLE} name another mirror?"
    elif address.url.startswith(catalog.BUCKET):
        cause = f"{cause[:-1]}, or is a mirror to be named by {MIRROR_VARIABLE}?"
    return errors.InputError(
        f"the weights must be downloaded from {address.shown}, found {error.found}: "
        f"{cause}"
    )
