"""The table of variants, and the scaling of their width and depth.

Sources: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional
Neural Networks", arXiv 1905.11946, table 1 (baseline blocks) and section 4 (the
scaling); the publisher's code for the coefficients of b1 to l2 and for the rules
of the Lite variants.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

from .. import errors, escaping
from . import field_checks, preprocessings

# How convolutions pad an image with zeros: as TensorFlow's SAME, or by half of the
# kernel on each side, as PyTorch's libraries do. They differ for a stride of 2.
PADDINGS = (SAME, SYMMETRIC) = ("same", "symmetric")
# Of the publisher's networks.
BATCH_NORM_EPSILON = 1e-3
# In pixels. The largest variant was trained at 800.
MAX_IMAGE_SIZE = 4096
# Of the classifier's kernel. It is what one protocol message can hold.
MAX_CLASSIFIER_BYTES = 2**31
# A name is the scope of the network's variables.
_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.-]*")


@dataclasses.dataclass(frozen=True)
class StageConfig:
    """A stage of the baseline network before scaling: a sequence of similar blocks.

    Each attribute is an integer of at least 1.

    Attributes:
      repeats: number of blocks.
      kernel_size: height and width of the depthwise kernel.
      stride: stride of the first block. The stride of the other blocks is 1.
      expansion: ratio of inner to input channels of each block.
      output_filters: output channels of each block.
    """

    repeats: int
    kernel_size: int
    stride: int
    expansion: int
    output_filters: int

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            field_checks.check_positive_integer(
                f"{field.name} of a stage", getattr(self, field.name)
            )


# arXiv 1905.11946, table 1.
BASELINE_STAGES = (
    StageConfig(1, 3, 1, 1, 16),
    StageConfig(2, 3, 2, 6, 24),
    StageConfig(2, 5, 2, 6, 40),
    StageConfig(3, 3, 2, 6, 80),
    StageConfig(3, 5, 1, 6, 112),
    StageConfig(4, 5, 2, 6, 192),
    StageConfig(1, 3, 1, 6, 320),
)


@dataclasses.dataclass(frozen=True)
class BlockConfig:
    """One mobile inverted bottleneck block, after scaling.

    Attributes:
      index: position among all blocks of the network, from 0.
      stage: position of its stage among `NetworkConfig.stages`, from 0.
      kernel_size: height and width of the depthwise kernel.
      stride: stride of the depthwise convolution.
      expansion: ratio of inner to input channels. A block with 1 has no expansion
        convolution.
      input_filters: channels of the block's input.
      output_filters: channels of the block's output.
      squeeze_filters: channels between the two convolutions of
        squeeze-and-excite, or None for a block without squeeze-and-excite.
      survival_probability: probability that stochastic depth keeps the block's
        residual branch for an example in training, in (0, 1].
      input_size: height and width of the block's input for images of the expected
        size, in pixels.
    """

    index: int
    stage: int
    kernel_size: int
    stride: int
    expansion: int
    input_filters: int
    output_filters: int
    squeeze_filters: int | None
    survival_probability: float
    input_size: int

    @property
    def output_size(self) -> int:
        """Height and width of the block's output for images of the expected size."""
        return _apply_stride(self.input_size, self.stride)

    @property
    def expanded_filters(self) -> int:
        """Channels inside the block."""
        return self.input_filters * self.expansion

    @property
    def has_residual(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.stride == 1 and self.input_filters == self.output_filters


# How `NetworkConfig` checks its fields.
RANGES = {
    "width_coefficient": field_checks.POSITIVE,
    "depth_coefficient": field_checks.POSITIVE,
    "dropout_rate": field_checks.BELOW_ONE,
    "squeeze_ratio": field_checks.POSITIVE,
    "survival_probability": field_checks.ABOVE_ZERO,
    "batch_norm_momentum": field_checks.UNIT_INTERVAL,
    "batch_norm_epsilon": field_checks.NON_NEGATIVE,
}
_POSITIVE_INTEGERS = ("image_size", "stem_filters", "head_filters", "depth_divisor")
_FLAGS = ("lite", "synchronized_batch_norm")


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """All options of a network.

    Attributes:
      name: the architecture's name, which is the scope of its variables: letters,
        digits, '.', '_' and '-'.
      width_coefficient: factor on the channels of each layer, greater than 0.
      depth_coefficient: factor on the repeats of each stage, greater than 0.
      image_size: expected height and width of the images, in pixels, from 1 to 4096.
      dropout_rate: probability that dropout before the classifier drops a
        feature in training, in [0, 1).
      preprocessing: normalization of the inputs that the weights were trained
        with: 'imagenet', 'advprop', 'lite', or numbers (see `preprocessings.parse`).
      num_classes: outputs of the classifier, or None for a network without classifier.
        The classifier's kernel takes at most 2 GiB.
      lite: whether this is a Lite variant. A Lite variant has no squeeze-and-excite,
        uses relu6 instead of swish, and does not scale the stem, the head, and the
        repeats of the first and the last stage.
      stages: the baseline's stages, at least one.
      stem_filters: channels of the stem before scaling.
      head_filters: channels of the head before scaling.
      depth_divisor: channels are rounded to multiples of it.
      squeeze_ratio: ratio of the channels inside squeeze-and-excite to the block's
        input channels, greater than 0.
      survival_probability: block i of N survives with the probability
        `1 - (1 - survival_probability) * i / N`, in (0, 1]. 1 disables stochastic
        depth.
      batch_norm_momentum: weight of the old value in an update of a moving
        average, in [0, 1].
      batch_norm_epsilon: added to a variance before its square root is taken, at
        least 0.
      padding: how convolutions pad images with zeros. 'same' is TensorFlow's SAME, with
        the larger half at the bottom and the right. 'symmetric' adds `kernel_size // 2`
        pixels on each side.
      synchronized_batch_norm: whether training normalizes by the batch of all
        replicas of a `tf.distribute` strategy, instead of by each replica's batch.
      seed: seeds the initial values of the variables, and the masks of dropout and
        stochastic depth, an integer in [0, 2**32).

    Raises:
      errors.InputError: if a value has the wrong type or is out of range.
    """

    name: str
    width_coefficient: float
    depth_coefficient: float
    image_size: int
    dropout_rate: float
    preprocessing: str = "imagenet"
    num_classes: int | None = 1000
    lite: bool = False
    stages: tuple[StageConfig, ...] = BASELINE_STAGES
    stem_filters: int = 32
    head_filters: int = 1280
    depth_divisor: int = 8
    squeeze_ratio: float = 0.25
    survival_probability: float = 0.8
    batch_norm_momentum: float = 0.99
    batch_norm_epsilon: float = BATCH_NORM_EPSILON
    padding: str = SAME
    synchronized_batch_norm: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_name()
        self._check_stages()
        for name, allowed in RANGES.items():
            field_checks.check_number(name, getattr(self, name), allowed)
        for name in _POSITIVE_INTEGERS:
            field_checks.check_positive_integer(name, getattr(self, name))
        for name in _FLAGS:
            field_checks.check_flag(name, getattr(self, name))
        if self.image_size > MAX_IMAGE_SIZE:
            raise errors.InputError(
                f"image_size must be at most {MAX_IMAGE_SIZE} pixels, found "
                f"{escaping.cut(self.image_size)}"
            )
        if self.num_classes is not None:
            field_checks.check_positive_integer("num_classes", self.num_classes)
            self._check_classifier(self.num_classes)
        preprocessings.parse(self.preprocessing)
        field_checks.check_choice("padding", self.padding, PADDINGS)
        field_checks.check_seed("seed", self.seed)

    def _check_name(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise errors.InputError(
                f"name must be letters, digits, '.', '_' and '-', found {self.name!r}"
            )

    def _check_stages(self) -> None:
        is_tuple = isinstance(self.stages, tuple) and len(self.stages) > 0
        if not is_tuple or not all(isinstance(s, StageConfig) for s in self.stages):
            raise errors.InputError(
                "stages must be a tuple of at least one StageConfig, found "
                f"{self.stages!r}"
            )

    def _check_classifier(self, num_classes: int) -> None:
        bytes_per_class = 4 * self.num_features  # float32
        bound = MAX_CLASSIFIER_BYTES // bytes_per_class
        if num_classes > bound:
            gigabytes = num_classes * bytes_per_class // 10**9
            raise errors.InputError(
                f"num_classes must be at most {bound} for {self.name}, found "
                f"{escaping.cut(num_classes)}: its classifier would take "
                f"{escaping.cut(gigabytes)} GB"
            )

    @property
    def scaled_stem_filters(self) -> int:
        """Channels of the stem. A Lite variant does not scale them."""
        return (
            self.stem_filters if self.lite else self._scale_filters(self.stem_filters)
        )

    @property
    def stem_size(self) -> int:
        """Height and width of the stem's output for images of the expected size."""
        return _apply_stride(self.image_size, 2)

    @property
    def num_features(self) -> int:
        """Length of a feature vector: the channels of the head."""
        return (
            self.head_filters if self.lite else self._scale_filters(self.head_filters)
        )

    def blocks(self) -> list[BlockConfig]:
        """Returns the network's blocks after scaling, from first to last."""
        blocks: list[BlockConfig] = []
        count = sum(map(self._scale_repeats, range(len(self.stages))))
        input_filters, input_size = self.scaled_stem_filters, self.stem_size
        for position, stage in enumerate(self.stages):
            for repeat in range(self._scale_repeats(position)):
                stride = stage.stride if repeat == 0 else 1
                block = self._scale_block(
                    len(blocks), count, position, stride, input_filters, input_size
                )
                blocks.append(block)
                input_filters, input_size = block.output_filters, block.output_size
        return blocks

    def _scale_block(
        self,
        index: int,
        count: int,
        position: int,
        stride: int,
        input_filters: int,
        input_size: int,
    ) -> BlockConfig:
        stage = self.stages[position]
        squeeze_filters = max(1, int(input_filters * self.squeeze_ratio))
        return BlockConfig(
            index=index,
            stage=position,
            kernel_size=stage.kernel_size,
            stride=stride,
            expansion=stage.expansion,
            input_filters=input_filters,
            output_filters=self._scale_filters(stage.output_filters),
            squeeze_filters=None if self.lite else squeeze_filters,
            survival_probability=1 - (1 - self.survival_probability) * index / count,
            input_size=input_size,
        )

    def _scale_repeats(self, position: int) -> int:
        repeats = self.stages[position].repeats
        if self.lite and position in (0, len(self.stages) - 1):
            return repeats
        return int(math.ceil(self.depth_coefficient * repeats))

    def _scale_filters(self, filters: int) -> int:
        """Scales a number of channels by the width coefficient.

        Rounds to the nearest multiple of the divisor, or to the next larger multiple
        if the nearest one has less than 90 % of the scaled channels.
        """
        scaled = filters * self.width_coefficient
        divisor = self.depth_divisor
        rounded = max(divisor, int(scaled + divisor / 2) // divisor * divisor)
        return rounded if rounded >= 0.9 * scaled else rounded + divisor


def _apply_stride(size: int, stride: int) -> int:
    """Returns the output size of a convolution with either padding, in pixels."""
    return -(-size // stride)


def _make_lite(
    name: str, width: float, depth: float, image_size: int, dropout_rate: float
) -> NetworkConfig:
    return NetworkConfig(
        name, width, depth, image_size, dropout_rate, preprocessing="lite", lite=True
    )


# Width, depth, resolution and dropout rate are from the publisher's code. The only
# published weights of b8 are those of AdvProp (arXiv 1911.09665).
_ROWS = (
    NetworkConfig("efficientnet-b0", 1.0, 1.0, 224, 0.2),
    NetworkConfig("efficientnet-b1", 1.0, 1.1, 240, 0.2),
    NetworkConfig("efficientnet-b2", 1.1, 1.2, 260, 0.3),
    NetworkConfig("efficientnet-b3", 1.2, 1.4, 300, 0.3),
    NetworkConfig("efficientnet-b4", 1.4, 1.8, 380, 0.4),
    NetworkConfig("efficientnet-b5", 1.6, 2.2, 456, 0.4),
    NetworkConfig("efficientnet-b6", 1.8, 2.6, 528, 0.5),
    NetworkConfig("efficientnet-b7", 2.0, 3.1, 600, 0.5),
    NetworkConfig("efficientnet-b8", 2.2, 3.6, 672, 0.5, preprocessing="advprop"),
    NetworkConfig("efficientnet-l2", 4.3, 5.3, 800, 0.5),
    _make_lite("efficientnet-lite0", 1.0, 1.0, 224, 0.2),
    _make_lite("efficientnet-lite1", 1.0, 1.1, 240, 0.2),
    _make_lite("efficientnet-lite2", 1.1, 1.2, 260, 0.3),
    _make_lite("efficientnet-lite3", 1.2, 1.4, 280, 0.3),
    _make_lite("efficientnet-lite4", 1.4, 1.8, 300, 0.3),
)
VARIANTS = {row.name: row for row in _ROWS}
NAME_START = "efficientnet-"


def check_image_size(value: int) -> None:
    """Checks the height and width of images, in pixels, that a user gives.

    Raises:
      errors.InputError: if it is out of range.
    """
    if not 1 <= value <= MAX_IMAGE_SIZE:
        raise errors.InputError(
            f"image_size must be from 1 to {MAX_IMAGE_SIZE}, found {value!r}"
        )


def complete_name(name: str) -> str:
    """Returns the name of a variant, whose 'efficientnet-' may be left out."""
    completed = NAME_START + name
    return completed if completed in VARIANTS else name


def shorten_name(name: str) -> str:
    """Returns the name of a network without 'efficientnet-', such as 'b2'."""
    return name[len(NAME_START) :] if name.startswith(NAME_START) else name


def get_config(model: str | NetworkConfig, **changes: Any) -> NetworkConfig:
    """Returns the configuration of a variant, with some fields changed.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2' or 'b2', or a NetworkConfig.
      **changes: fields of NetworkConfig to replace.

    Returns:
      A NetworkConfig.

    Raises:
      errors.InputError: if there is no such variant, or a value has the wrong type or
        is out of range.
    """
    if isinstance(model, NetworkConfig):
        return dataclasses.replace(model, **changes)
    if isinstance(model, str):
        model = complete_name(model)
    field_checks.check_choice("model", model, VARIANTS)
    return dataclasses.replace(VARIANTS[model], **changes)
