"""The values of `--weights` that are names instead of paths.

`bazel/generate_packaged_weights.py` runs this file by its path, without the package and
its requirements.
"""

from __future__ import annotations

RANDOM = "random"
IMAGENET = "imagenet"
NAMES = (RANDOM, IMAGENET)
