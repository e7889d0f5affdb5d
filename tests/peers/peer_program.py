"""What the programs of all libraries share: their arguments, and their results."""

from __future__ import annotations

import argparse
import pathlib
import sys
from typing import Mapping

import cases
import numpy as np


def parse_arguments(description: str | None) -> argparse.Namespace:
    """Returns the arguments: the folder `work`, and whether to try `all` cases."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--work", required=True, help="the folder with photographs")
    parser.add_argument("--all", action="store_true", help="try all variants")
    return parser.parse_args()


def find_command() -> str:
    """Returns the path of the command line of this environment."""
    return str(pathlib.Path(sys.executable).with_name("efficientnet-hub"))


def write_outputs(
    case: cases.Case, work: str, version: str, outputs: Mapping[str, np.ndarray]
) -> None:
    """Writes what a model says of the images.

    Args:
      case: the case.
      work: the folder for results.
      version: the library's version.
      outputs: logits or features, `[2, N]`, by the name of the images' size.
    """
    print(case.name, flush=True)
    np.savez(case.outputs_path(work), version=version, **outputs)
