"""Parameters and multiply-adds of a network, counted from the table of blocks."""

from __future__ import annotations

import collections

# Trainable parameters, and multiply-adds for one image.
Cost = collections.namedtuple("Cost", ["parameters", "multiply_adds"])


def cost(config, image_size: int | None = None) -> Cost:
    """Counts a network's cost.

    Multiply-adds are those of convolutions and of the classifier; normalization,
    activations and pooling are left out, as in the published figures.

    Args:
      config: a `NetworkConfig`.
      image_size: height and width in pixels, by default the network's own.
    """
    size = _halved(image_size or config.image_size)
    costs = [_conv(3, config.scaled_stem_filters, 3, size)]
    for block in config.blocks():
        costs.extend(_block(block, size))
        size = _halved(size) if block.stride == 2 else size
    last_filters = config.blocks()[-1].output_filters
    costs.append(_conv(last_filters, config.num_features, 1, size))
    costs.append(_dense(config.num_features, config.num_classes))
    return Cost(*(sum(each) for each in zip(*costs)))


def _block(block, size):
    inner = block.expanded_filters
    if block.expansion != 1:
        yield _conv(block.input_filters, inner, 1, size)
    size = _halved(size) if block.stride == 2 else size
    yield _depthwise(inner, block.kernel_size, size)
    if block.squeeze_filters is not None:
        # On one pixel, the mean of all.
        yield _dense(inner, block.squeeze_filters)
        yield _dense(block.squeeze_filters, inner)
    yield _conv(inner, block.output_filters, 1, size)


def _conv(inputs, outputs, kernel_size, size):
    """A convolution without bias, and its batch normalization."""
    kernel = inputs * outputs * kernel_size**2
    return Cost(kernel + 2 * outputs, kernel * size**2)


def _depthwise(filters, kernel_size, size):
    """A depthwise convolution without bias, and its batch normalization."""
    kernel = filters * kernel_size**2
    return Cost(kernel + 2 * filters, kernel * size**2)


def _dense(inputs, outputs):
    return Cost(inputs * outputs + outputs, inputs * outputs)


def _halved(size):
    """The size behind a stride of two with SAME padding."""
    return (size + 1) // 2
