"""Downloads archives with weights once, and keeps them in a cache."""

from __future__ import annotations

import gzip
import os
import zlib
from typing import Any

from ... import dependencies, errors
from . import catalog

# A mirror of the publisher's bucket, and the folder of the cache.
MIRROR_VARIABLE = "EFFICIENTNET_HUB_MIRROR"
CACHE_VARIABLE = "EFFICIENTNET_HUB_CACHE"

# pooch pauses for one second before the first retry and for two before the second.
_RETRIES = 2


def is_mirrored() -> bool:
    """Returns whether downloads come from a mirror instead of the publisher."""
    return MIRROR_VARIABLE in os.environ


def find_address(archive: catalog.Archive) -> str:
    """Returns the URL to download an archive from."""
    if is_mirrored():
        return f"{os.environ[MIRROR_VARIABLE].rstrip('/')}/{archive.path}"
    return archive.address


def fetch(archive: catalog.Archive) -> str:
    """Returns the path of an archive in the cache, downloaded if it is not there.

    A download that fails or is not whole is tried again.

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
            f"downloading {url} failed ({errors.first_line(error)}): is there a "
            f"connection? {MIRROR_VARIABLE} may name a mirror"
        ) from error


def _download_whole(url: str, output_file: str, cache: Any) -> None:
    """Downloads an archive and reads all of it, before it enters the cache."""
    pooch = dependencies.optional("pooch", "download", "downloading weights")
    pooch.HTTPDownloader(progressbar=True)(url, output_file, cache)
    try:
        with gzip.open(output_file) as content:
            if not content.read(1):
                raise EOFError("an empty file")
            while content.read(2**20):
                pass
    except (EOFError, OSError, zlib.error) as error:
        raise errors.InputError(
            f"what {url} sent must be a whole .tar.gz, but reading it ends in "
            f"'{error}': was the download cut short?"
        ) from error
