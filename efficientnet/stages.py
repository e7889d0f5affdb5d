"""The network stage by stage: what each is made of, and what it costs.

The rows are those of arXiv 1905.11946, table 1, which has the head and the classifier
in one.
"""

from __future__ import annotations

import dataclasses
from typing import Iterator, Sequence

from . import config as config_lib


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a part of a network costs.

    Attributes:
      parameters: trainable parameters.
      multiply_adds: for one image of the expected size. Those of convolutions and of
        the classifier; normalization, activations and pooling are left out, as in the
        published figures.
    """

    parameters: int
    multiply_adds: int


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage, after scaling.

    Attributes:
      name: 'stem', 'stage 1' ..., 'head' or 'classifier'.
      operator: its layers as the paper calls them, e.g. 'MBConv6, k5x5'.
      layers: how many of them.
      input_size: height and width of its input for images of the expected size, in
        pixels; so the paper's resolution.
      output_size: the same of its output.
      filters: channels of its output.
      cost: what it costs.
    """

    name: str
    operator: str
    layers: int
    input_size: int
    output_size: int
    filters: int
    cost: Cost


def stages(config: config_lib.NetworkConfig) -> list[Stage]:
    """Returns a network's stages from first to last."""
    return [_stem(config), *_stages_of_blocks(config), *_head(config)]


def cost(config: config_lib.NetworkConfig) -> Cost:
    """Returns what a network costs as a whole."""
    return _total(stage.cost for stage in stages(config))


def _stem(config: config_lib.NetworkConfig) -> Stage:
    filters, size = config.scaled_stem_filters, config.stem_size
    convolution = _convolution(3, filters, 3, size)
    return Stage("stem", "Conv, k3x3", 1, config.image_size, size, filters, convolution)


def _stages_of_blocks(config: config_lib.NetworkConfig) -> Iterator[Stage]:
    blocks = config.blocks()
    for position in range(len(config.stages)):
        yield _stage_of([block for block in blocks if block.stage == position])


def _stage_of(blocks: Sequence[config_lib.BlockConfig]) -> Stage:
    first, last = blocks[0], blocks[-1]
    return Stage(
        name="stage %d" % (first.stage + 1),
        operator="MBConv%d, k%dx%d"
        % (first.expansion, first.kernel_size, first.kernel_size),
        layers=len(blocks),
        input_size=first.input_size,
        output_size=last.output_size,
        filters=last.output_filters,
        cost=_total(part for block in blocks for part in _block(block)),
    )


def _head(config: config_lib.NetworkConfig) -> Iterator[Stage]:
    last = config.blocks()[-1]
    size, features = last.output_size, config.num_features
    convolution = _convolution(last.output_filters, features, 1, size)
    yield Stage("head", "Conv, k1x1", 1, size, size, features, convolution)
    if config.num_classes is not None:
        classes = config.num_classes
        yield Stage(
            "classifier",
            "Pooling, dense",
            1,
            size,
            1,
            classes,
            _dense(features, classes),
        )


def _block(block: config_lib.BlockConfig) -> Iterator[Cost]:
    inner = block.expanded_filters
    if block.expansion != 1:
        yield _convolution(block.input_filters, inner, 1, block.input_size)
    # Depthwise: each channel sees itself only.
    yield _normalized(inner * block.kernel_size**2, inner, block.output_size)
    if block.squeeze_filters is not None:
        # On one pixel, the mean of all.
        yield _dense(inner, block.squeeze_filters)
        yield _dense(block.squeeze_filters, inner)
    yield _convolution(inner, block.output_filters, 1, block.output_size)


def _convolution(inputs: int, outputs: int, kernel_size: int, size: int) -> Cost:
    return _normalized(inputs * outputs * kernel_size**2, outputs, size)


def _normalized(kernel: int, outputs: int, size: int) -> Cost:
    """A convolution without bias, and its batch normalization."""
    return Cost(kernel + 2 * outputs, kernel * size**2)


def _dense(inputs: int, outputs: int) -> Cost:
    return Cost(inputs * outputs + outputs, inputs * outputs)


def _total(costs: Iterator[Cost]) -> Cost:
    costs = list(costs)
    return Cost(
        sum(each.parameters for each in costs),
        sum(each.multiply_adds for each in costs),
    )
