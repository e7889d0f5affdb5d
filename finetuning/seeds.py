"""Chooses the seeds of a training."""

from __future__ import annotations

from .. import digests


def choose_seed(seed: int, position: int, first_step: int) -> int:
    """Returns the seed of the batches that a process reads from a step on.

    The masks of dropout and stochastic depth depend on the images of a batch. So each
    process of a cluster, and each run that resumes a training, has other batches and
    other masks.

    Args:
      seed: what the user chose.
      position: index among the processes that train.
      first_step: number of steps that earlier runs have done.

    Returns:
      An integer in [1, 2**31). TensorFlow seeds a random op with the seed 0 at random.
    """
    digest = digests.of_texts([str(seed), str(position), str(first_step)])
    return int(digest[:8], 16) % (2**31 - 1) + 1
