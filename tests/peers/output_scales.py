"""Scales for kernels, so that the outputs of a random network depend on its images.

With the statistics of `weights_by_name` alone, the signal of an image vanishes in a
deep network, or grows beyond all bounds: the comparison of two networks would then say
nothing about their paddings and normalizations.
"""

from __future__ import annotations

import numpy as np

# The deviation of what a convolution puts into its batch normalization, whose variances
# are 1 + 0.5 |n|. That of projections is smaller: blocks with a residual branch of the
# size of their input amplify rounding errors from block to block.
_DEVIATION = 1.2
_PROJECTION = 0.3


def factor(outputs: np.ndarray, channel_axis: int, inputs: int) -> float:
    """Returns what to multiply a kernel by.

    Args:
      outputs: what its convolution returns for images, 4-D.
      channel_axis: the dimension of channels.
      inputs: the number of channels that the convolution reads.

    Returns:
      The factor, with four significant digits.
    """
    axes = tuple(axis for axis in range(4) if axis != channel_axis % 4)
    deviation = np.sqrt(outputs.astype(np.float64).var(axis=axes).mean())
    is_projection = outputs.shape[channel_axis] < inputs
    return float(f"{(_PROJECTION if is_projection else _DEVIATION) / deviation:.4g}")
