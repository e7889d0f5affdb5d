"""The network's endpoints: their names, and the size of each."""

from __future__ import annotations

from typing import Iterable, Sequence

from . import config as config_lib

STEM = "stem"
FEATURES = "features"
HEAD = "head_1x1"
POOLED_FEATURES = "pooled_features"
LOGITS = "logits"

_REDUCTION = "reduction_"


def block_name(index: int) -> str:
    """Returns the endpoint of the block of an index, e.g. 'block_0'."""
    return f"block_{index}"


def reduction_name(level: int) -> str:
    """Returns the endpoint with 1 / 2**level of the images' height and width."""
    return f"{_REDUCTION}{level}"


def is_reduction(name: str) -> bool:
    """Whether the name of an endpoint is that of a reduction."""
    return name.startswith(_REDUCTION)


def reductions(blocks: Sequence[config_lib.BlockConfig]) -> dict[int, str]:
    """Returns the reduction endpoint of each block whose output is one, by index.

    A reduction is the last output of its resolution: that of the last block, and of
    each block before one that has a stride.

    Args:
      blocks: all blocks of a network.
    """
    last = [
        block.index
        for block, following in zip(blocks, blocks[1:])
        if following.stride > 1
    ]
    last.append(blocks[-1].index)
    return {index: reduction_name(level) for level, index in enumerate(last, start=1)}


def names(
    block_indices: Iterable[int], num_reductions: int, has_classifier: bool
) -> list[str]:
    """Returns the endpoints of a network.

    Args:
      block_indices: the index of each of its blocks.
      num_reductions: the number of its resolutions, see `reductions`.
      has_classifier: whether it has a classifier.
    """
    return [
        *(STEM, FEATURES, HEAD, POOLED_FEATURES),
        *(reduction_name(level) for level in range(1, num_reductions + 1)),
        *map(block_name, block_indices),
        *([LOGITS] if has_classifier else []),
    ]


def sizes(config: config_lib.NetworkConfig) -> dict[str, int]:
    """Returns the height and width of each endpoint of images of the expected size.

    Args:
      config: the network.

    Returns:
      Pixels by the endpoint's name, of all endpoints that have a height and a width.
    """
    blocks = config.blocks()
    reduced = reductions(blocks)
    found = {STEM: config.stem_size}
    for block in blocks:
        found[block_name(block.index)] = block.output_size
        if block.index in reduced:
            found[reduced[block.index]] = block.output_size
    last = blocks[-1].output_size
    return dict(found, **{FEATURES: last, HEAD: last})
