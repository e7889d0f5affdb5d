"""How large a file with the weights of a network may be."""

from __future__ import annotations

from ...efficientnet import config as config_lib

# A training checkpoint holds each weight up to four times (raw, average, two slots of
# the optimizer), in up to eight bytes each.
_BYTES_PER_WEIGHT = 4 * 8
# ImageNet-21k has 21,843 classes.
_MOST_CLASSES = 25_000
# Names, and what else a program saves.
_REST_BYTES = 2**26


def bound_bytes(network: config_lib.NetworkConfig) -> int:
    """Returns the most bytes of a file with the weights of a network."""
    num_classes = max(network.num_classes or 0, _MOST_CLASSES)
    weights = network.num_features * num_classes
    last = network.scaled_stem_filters
    for block in network.blocks():
        inner, last = block.expanded_filters, block.output_filters
        # Two pointwise convolutions, squeeze-and-excite, and the depthwise kernel.
        others = block.input_filters + last + 2 * (block.squeeze_filters or 0)
        weights += inner * (others + block.kernel_size**2)
    weights += network.num_features * last
    return _REST_BYTES + _BYTES_PER_WEIGHT * weights
