"""The command line of a part, and the paths of the files that it measures."""

from __future__ import annotations

import argparse
import os

MODEL = "efficientnet-b2"


def arguments(description: str) -> argparse.Namespace:
    """Parses the command line of a part.

    Returns:
      `work`, a folder with what `prepare.py` wrote; `output`, the file for the
      results; `rounds`, None for the part's own number.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--work", required=True, help="the folder that prepare.py wrote"
    )
    parser.add_argument("--output", required=True, help="the JSON to write")
    parser.add_argument(
        "--rounds", type=int, help="number of measurements of each peer"
    )
    return parser.parse_args()


def checkpoint(work: str) -> str:
    """Returns the prefix of the checkpoint."""
    return os.path.join(work, "checkpoint", "model.ckpt")


def module(work: str, model: str = MODEL) -> str:
    """Returns the path of our module."""
    return os.path.join(work, model)


def plain_module(work: str) -> str:
    """Returns the path of the plain module, which needs `hub.Module`."""
    return os.path.join(work, "plain")
