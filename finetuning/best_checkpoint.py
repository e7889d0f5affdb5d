"""Keeps the checkpoint of the best evaluation, which TensorFlow would delete.

TensorFlow deletes old checkpoints of a training. The best one is therefore in a folder
of its own, `best-<step>`, with the confusion matrix of its evaluation.
"""

from __future__ import annotations

import os
import re
import shutil

import numpy as np

from .. import atomic_files, errors

_FOLDER = re.compile(r"best-([0-9]+)")
_CHECKPOINT = "model.ckpt-{step}"
_MATRIX = "confusion_matrix.npy"


def keep(
    training_dir: str, checkpoint: str, step: int, matrix: np.ndarray, most: int
) -> None:
    """Keeps a checkpoint, and deletes those that were kept before.

    Args:
      training_dir: the folder of the training.
      checkpoint: prefix of the checkpoint.
      step: number of steps up to it.
      matrix: int64 `[classes, classes]`, the confusion matrix of its evaluation.
      most: how many checkpoints to keep, at least 1.

    Raises:
      OSError: if it cannot be written, or the checkpoint was deleted meanwhile.
    """
    folder = _folder(training_dir, step)
    part = folder + atomic_files.EXTENSION
    shutil.rmtree(part, ignore_errors=True)
    os.mkdir(part)
    prefix = os.path.join(part, _CHECKPOINT.format(step=step))
    for suffix in _list_suffixes(checkpoint):
        _link_or_copy(checkpoint + suffix, prefix + suffix)
    path = os.path.join(part, _MATRIX)
    with errors.naming(path), open(path, "wb") as file:
        np.save(file, matrix)
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(part, folder)
    _delete_older(training_dir, step, most)


def find(training_dir: str, step: int) -> tuple[str, np.ndarray] | None:
    """Returns a checkpoint that was kept.

    Args:
      training_dir: the folder of the training.
      step: number of steps up to the checkpoint.

    Returns:
      Its prefix and the confusion matrix of its evaluation, None if it is not there.
    """
    folder = _folder(training_dir, step)
    try:
        matrix = np.load(os.path.join(folder, _MATRIX), allow_pickle=False)
    except (EOFError, OSError, ValueError):
        return None
    prefix = os.path.join(folder, _CHECKPOINT.format(step=step))
    return (prefix, matrix) if os.path.isfile(prefix + ".index") else None


def _folder(training_dir: str, step: int) -> str:
    return os.path.join(training_dir, f"best-{step}")


def _list_suffixes(checkpoint: str) -> list[str]:
    """Returns what the names of a checkpoint's files have after its prefix."""
    folder, name = os.path.split(checkpoint)
    suffixes = [
        each[len(name) :] for each in os.listdir(folder) if each.startswith(name + ".")
    ]
    # The graph is not needed to restore variables.
    return [each for each in suffixes if each.startswith((".index", ".data-"))]


def _link_or_copy(source: str, destination: str) -> None:
    try:
        # TensorFlow replaces the files of a checkpoint, and never changes them.
        os.link(source, destination)
    except FileNotFoundError:
        raise
    except OSError:  # The file system has no links.
        shutil.copyfile(source, destination)


def _delete_older(training_dir: str, step: int, most: int) -> None:
    matches = map(_FOLDER.fullmatch, os.listdir(training_dir))
    steps = sorted(int(match.group(1)) for match in matches if match)
    older = [each for each in steps if each < step]
    later = [each for each in steps if each > step]  # Of a run that was lost.
    for each in [*older[: len(older) - (most - 1)], *later]:
        shutil.rmtree(_folder(training_dir, each), ignore_errors=True)
