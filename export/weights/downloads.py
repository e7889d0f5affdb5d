"""Downloads archives with weights once, and keeps them in a cache."""

from __future__ import annotations

import os
from typing import Any

from ... import dependencies, errors
from ..storage import archive_reader
from . import catalog
from .containers import tensorflow_checkpoint

# A mirror of the publisher's bucket, and the folder of the cache.
MIRROR_VARIABLE = "EFFICIENTNET_HUB_MIRROR"
CACHE_VARIABLE = "EFFICIENTNET_HUB_CACHE"

# pooch pauses for one second before the first retry and for two before the second.
_RETRIES = 2


def is_mirrored() -> bool:
    """Returns whether downloads come from a mirror instead of the publisher."""
    return bool(_find_mirror())


def find_address(archive: catalog.Archive) -> str:
    """Returns the URL to download an archive from."""
    mirror = _find_mirror()
    return f"{mirror}/{archive.path}" if mirror else archive.address


def _find_mirror() -> str:
    """Returns the address of the mirror, without a slash at its end; or nothing."""
    return os.environ.get(MIRROR_VARIABLE, "").strip().rstrip("/")


def fetch(archive: catalog.Archive) -> str:
    """Returns the path of an archive in the cache, downloaded if it is not there.

    A download that fails, or is no sound archive, is tried again and not kept.

    Raises:
      errors.InputError: if all attempts fail, or the SHA-256 is another one.
      errors.DependencyError: if a package for downloads is missing.
    """
    pooch = dependencies.optional("pooch", "download", "downloading weights")
    dependencies.optional("tqdm", "download", "downloading weights")
    # At a lower level it asks the user to write down the hash.
    pooch.get_logger().setLevel("WARNING")
    url = find_address(archive)
    # Two addresses are two files: what a mirror sent is not the publisher's.
    name = pooch.utils.unique_file_name(url)
    cache = pooch.create(
        path=os.environ.get(CACHE_VARIABLE) or pooch.os_cache("efficientnet-hub"),
        base_url="",
        registry={name: archive.sha256},
        urls={name: url},
        retry_if_failed=_RETRIES,
    )
    try:
        return cache.fetch(name, downloader=_download_whole)
    except errors.InputError:
        raise
    except (OSError, ValueError) as error:
        raise errors.InputError(
            f"the weights must be downloaded from {url}, found "
            f"'{errors.first_line(error)}': is there a connection, or is a mirror to "
            f"be named by {MIRROR_VARIABLE}?"
        ) from error


def _download_whole(url: str, output_file: str, cache: Any) -> None:
    """Downloads an archive, and unpacks it once before it enters the cache."""
    pooch = dependencies.optional("pooch", "download", "downloading weights")
    pooch.HTTPDownloader(progressbar=True)(url, output_file, cache)
    try:
        with tensorflow_checkpoint.open_archive(
            output_file, archive_reader.MAX_UNPACKED_BYTES
        ):
            pass  # The archive is read to its end, and the index is checked.
    except errors.InputError as error:
        # The user does not know the file, and it is not kept.
        message = str(error).replace(output_file, url)
        raise errors.InputError(message) from error
