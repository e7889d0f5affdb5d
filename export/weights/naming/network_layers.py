"""The layers of a network, and the scopes of their variables.

A naming of another library is a table from the role of a layer to the library's name of
it, see `pytorch_layout.name_arrays`.
"""

from __future__ import annotations

import dataclasses

from ....efficientnet import config as config_lib

# The roles of layers outside of the blocks.
STEM = "stem"
STEM_NORM = "norm of the stem"
HEAD = "head"
HEAD_NORM = "norm of the head"
CLASSIFIER = "classifier"
# The roles of layers in a block.
EXPAND = "expansion"
EXPAND_NORM = "norm of the expansion"
DEPTHWISE = "depthwise convolution"
DEPTHWISE_NORM = "norm of the depthwise convolution"
SQUEEZE = "squeeze"
EXCITE = "excite"
PROJECT = "projection"
PROJECT_NORM = "norm of the projection"

NORMS = (STEM_NORM, HEAD_NORM, EXPAND_NORM, DEPTHWISE_NORM, PROJECT_NORM)


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer with variables.

    Attributes:
      role: one of the constants of this module.
      scope: the scope of its variables, below the network's.
      block: its block, None outside of the blocks.
      repeat: the position of the block in its stage, from 0.
    """

    role: str
    scope: str
    block: config_lib.BlockConfig | None = None
    repeat: int = 0


_BEFORE_BLOCKS = (
    Layer(STEM, "stem/conv2d"),
    Layer(STEM_NORM, "stem/tpu_batch_normalization"),
)
_AFTER_BLOCKS = (
    Layer(HEAD, "head/conv2d"),
    Layer(HEAD_NORM, "head/tpu_batch_normalization"),
    Layer(CLASSIFIER, "head/dense"),
)


def list_layers(network: config_lib.NetworkConfig) -> list[Layer]:
    """Returns the layers of a network with a classifier, from first to last."""
    layers = list(_BEFORE_BLOCKS)
    repeat, stage = 0, -1
    for block in network.blocks():
        repeat = repeat + 1 if block.stage == stage else 0
        stage = block.stage
        layers += _list_block(block, repeat)
    return layers + list(_AFTER_BLOCKS)


def _list_block(block: config_lib.BlockConfig, repeat: int) -> list[Layer]:
    """Returns the layers of a block.

    The names number the layers of one kind within a block in the order of their use. A
    block without expansion has one convolution and one batch normalization less.
    """
    roles = {DEPTHWISE: "depthwise_conv2d"}
    if block.squeeze_filters is not None:
        roles.update({SQUEEZE: "se/conv2d", EXCITE: "se/conv2d_1"})
    convolutions = [EXPAND, PROJECT]
    norms = [EXPAND_NORM, DEPTHWISE_NORM, PROJECT_NORM]
    if block.expansion == 1:
        del convolutions[0], norms[0]
    roles.update(_number("conv2d", convolutions))
    roles.update(_number("tpu_batch_normalization", norms))
    scope = f"blocks_{block.index}"
    return [
        Layer(role, f"{scope}/{name}", block, repeat) for role, name in roles.items()
    ]


def _number(name: str, roles: list[str]) -> dict[str, str]:
    """Returns the name of each layer, numbered from the second one of its kind on."""
    return {
        role: f"{name}_{count}" if count else name for count, role in enumerate(roles)
    }
