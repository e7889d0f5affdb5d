"""Where tensorflow_hub keeps the modules that it downloads.

The facts are from the sources of all releases of tensorflow_hub from 0.1.0 to 0.16.1,
which agree: `tfhub_cache_dir`, `_module_descriptor_file`,
`_write_module_descriptor_file`, `_lock_filename`, `_lock_file_contents`,
`_temp_download_dir` and `atomic_download` in `resolver.py`, and `_module_dir` in
`compressed_module_resolver.py`. `hub.Module`, `hub.load` and `hub.KerasLayer` use the
same resolvers. The releases differ in this:

*   Before 0.12, a program writes the lock file before it looks for the folder, so that
    it must have the right to write to the cache. Newer ones first look for the folder.
*   Before 0.9, a program takes an empty folder for a module.
*   Since 0.10, TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED makes a program ignore the cache.
    0.10 also ignores it in Colab.
*   `hub.load` and `hub.KerasLayer` load the TF1 Hub format since 0.7.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import socket
import tempfile
from typing import NamedTuple

# The environment variable that names the cache folder. tensorflow_hub does not expand
# a `~` in it. A program may also set the flag `tfhub_cache_dir` of absl.
CACHE_VARIABLE = "TFHUB_CACHE_DIR"
DEFAULT_NAME = "tfhub_modules"  # In the folder for temporary files.

DESCRIPTOR_ENDING = ".descriptor.txt"
LOCK_ENDING = ".lock"
# A program that finds the lock file of another looks for the module every 5 seconds. It
# removes the file if nothing was downloaded for 10 minutes.
SECONDS_UNTIL_ABANDONED = 10 * 60

_FOLDER_NAME = re.compile("[0-9a-f]{40}")
_HANDLE_IN_DESCRIPTOR = re.compile("Module: (.*)")
# The name of the machine, the number of the process, and a UUID without dashes.
_LOCK = re.compile("([^/\0]+)[.]([0-9]{1,9})[.]([0-9a-f]{1,32})")


class Lock(NamedTuple):
    """What a lock file says.

    Attributes:
      host: the name of the machine of the program that wrote it.
      process: the number of its process.
      unique: what no other process has.
    """

    host: str
    process: int
    unique: str


def default_folder() -> str:
    """Returns the cache folder if the environment variable is not set."""
    return os.path.join(tempfile.gettempdir(), DEFAULT_NAME)


def folder_name(handle: str) -> str:
    """Returns the name of a module's folder in the cache.

    Args:
      handle: what the program gives to `hub.Module`, character by character. The query
        `tf-hub-format=compressed`, which tensorflow_hub adds to download it, is not in
        it.
    """
    return hashlib.sha1(handle.encode("utf-8")).hexdigest()


def is_folder_name(name: str) -> bool:
    """Returns whether a name may be the one of a module's folder."""
    return bool(_FOLDER_NAME.fullmatch(name))


def describe(handle: str) -> str:
    """Returns the content of a new descriptor file, for people: no program reads it."""
    return (
        f"Module: {handle}\n"
        f"Download Time: {datetime.datetime.today()}\n"
        f"Downloader Hostname: {socket.gethostname()} (PID:{os.getpid()})"
    )


def find_handle(descriptor: str, name: str) -> str | None:
    """Returns the handle in a descriptor file.

    Args:
      descriptor: the content of the file.
      name: the name of the module's folder.

    Returns:
      The handle, or None if the content is not that of a descriptor of this folder.
    """
    found = _HANDLE_IN_DESCRIPTOR.match(descriptor)
    if found is None:
        return None
    handle = found.group(1)
    try:
        return handle if folder_name(handle) == name else None
    except UnicodeEncodeError:
        return None


def lock_content(unique: str) -> str:
    """Returns the content of a lock file of this process.

    Args:
      unique: letters and digits, which no other process has.
    """
    return f"{socket.gethostname()}.{os.getpid()}.{unique}"


def parse_lock(content: str) -> Lock | None:
    """Returns what a lock file says, None if it is not as tensorflow_hub writes it."""
    found = _LOCK.fullmatch(content)
    if found is None:
        return None
    return Lock(found.group(1), int(found.group(2)), found.group(3))


def download_folder(folder: str, unique: str) -> str:
    """Returns the path of the temporary folder that a program downloads to.

    Args:
      folder: the path of the module's folder.
      unique: the last part of the content of the lock file.
    """
    return f"{folder}.{unique}.tmp"
