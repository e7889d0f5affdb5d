"""What every part's command line says, and what lies where."""

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
    parser.add_argument("--work", required=True, help="what prepare.py wrote")
    parser.add_argument("--output", required=True, help="the JSON to write")
    parser.add_argument("--rounds", type=int, help="how often each peer is measured")
    return parser.parse_args()


def checkpoint(work: str) -> str:
    """The prefix of the checkpoint that all start from."""
    return os.path.join(work, "checkpoint", "model.ckpt")


def module(work: str, model: str = MODEL) -> str:
    """Our module."""
    return os.path.join(work, model)


def plain_module(work: str) -> str:
    """The module built the plain way; only where there is `hub.Module`."""
    return os.path.join(work, "plain")
