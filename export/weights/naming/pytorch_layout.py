"""What the libraries of PyTorch share: the parts of a layer, the order of dimensions.

A kernel has the dimensions (out, in, height, width), or (channels, 1, height, width) in
a depthwise convolution, or (out, in) in a linear layer.
"""

from __future__ import annotations

from typing import Callable

import numpy as np

from ....efficientnet import config as config_lib
from . import network_layers

# PyTorch counts batches for averages without momentum. These networks have momentum.
COUNTER = "num_batches_tracked"

# The variable for each array of a layer.
_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
_KERNEL = {"weight": "kernel"}
_DEPTHWISE_KERNEL = {"weight": "depthwise_kernel"}
_KERNEL_AND_BIAS = {"weight": "kernel", "bias": "bias"}


def name_arrays(
    network: config_lib.NetworkConfig,
    name_layer: Callable[[network_layers.Layer], str],
) -> dict[str, str]:
    """Returns the name of the variable for each key of a state dict.

    Args:
      network: the network.
      name_layer: returns the library's name of a layer.
    """
    return {
        f"{name_layer(layer)}.{part}": f"{network.name}/{layer.scope}/{variable}"
        for layer in network_layers.list_layers(network)
        for part, variable in _list_parts(layer.role).items()
    }


def _list_parts(role: str) -> dict[str, str]:
    if role in network_layers.NORMS:
        return _NORM
    if role == network_layers.DEPTHWISE:
        return _DEPTHWISE_KERNEL
    if role in (network_layers.STEM, network_layers.HEAD):
        return _KERNEL
    if role in (network_layers.EXPAND, network_layers.PROJECT):
        return _KERNEL
    return _KERNEL_AND_BIAS


def find_axes(name: str, rank: int) -> tuple[int, ...] | None:
    """Returns the dimensions of PyTorch's array in TensorFlow's order.

    Args:
      name: the variable's name.
      rank: the number of the array's dimensions.

    Returns:
      The arguments of `numpy.transpose`, or None if the order is the same, as for an
      array of another rank than the variable's.
    """
    if name.endswith("depthwise_kernel") and rank == 4:
        return (2, 3, 0, 1)  # (channels, 1, h, w) -> (h, w, channels, 1)
    if name.endswith("kernel") and rank == 4:
        return (2, 3, 1, 0)  # (out, in, h, w) -> (h, w, in, out)
    if name.endswith("kernel") and rank == 2:
        return (1, 0)
    return None


def from_tensorflow(name: str, value: np.ndarray) -> np.ndarray:
    """Returns a view of a variable's value in PyTorch's order, see `find_axes`."""
    axes = find_axes(name, value.ndim)
    return value if axes is None else value.transpose(np.argsort(axes))
