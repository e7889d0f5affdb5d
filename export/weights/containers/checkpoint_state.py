"""Reads which checkpoint of a directory is the newest, from its file `checkpoint`."""

from __future__ import annotations

import os
import re
import stat

from google.protobuf import text_encoding

FILE = "checkpoint"
# A line of the file, which is a protocol buffer CheckpointState as text.
_NEWEST = re.compile(r"^\s*model_checkpoint_path:\s*(['\"])(.*)\1\s*$", re.M)
# A program that keeps thousands of checkpoints writes less.
_MAX_BYTES = 2**20


def read_newest(directory: str) -> str | None:
    """Returns the prefix of the newest checkpoint, without TensorFlow.

    Args:
      directory: the directory of the checkpoints.

    Returns:
      The path as the program wrote it, which may be relative to the directory. None if
      no file says it, or the file is damaged.
    """
    path = os.path.join(directory, FILE)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, encoding="utf-8") as file:
            line = _NEWEST.search(file.read(_MAX_BYTES))
        if line is None:
            return None
        return os.fsdecode(text_encoding.CUnescape(line.group(2))) or None
    except (OSError, ValueError):
        return None
