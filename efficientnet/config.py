"""The table: one row a variant; width and depth scaling; block definitions.

Sources: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional
Neural Networks", arXiv 1905.11946, table 1 (baseline blocks) and section 4 (the
scaling); the publisher's code for the coefficients of b1 to l2 and for the rules
of the Lite variants.
"""

from __future__ import annotations

import dataclasses
import math

from .. import errors

PREPROCESSINGS = ("imagenet", "advprop", "lite")


@dataclasses.dataclass(frozen=True)
class StageConfig:
    """A stage of the baseline network, before scaling: blocks of one kind.

    Attributes:
      repeats: number of blocks.
      kernel_size: height and width of the depthwise kernel.
      stride: stride of the first block; the others have 1.
      expansion: ratio of the block's inner to its input channels.
      input_filters: channels that enter the stage.
      output_filters: channels that leave each of its blocks.
    """

    repeats: int
    kernel_size: int
    stride: int
    expansion: int
    input_filters: int
    output_filters: int


# arXiv 1905.11946, table 1.
BASELINE_STAGES = (
    StageConfig(1, 3, 1, 1, 32, 16),
    StageConfig(2, 3, 2, 6, 16, 24),
    StageConfig(2, 5, 2, 6, 24, 40),
    StageConfig(3, 3, 2, 6, 40, 80),
    StageConfig(3, 5, 1, 6, 80, 112),
    StageConfig(4, 5, 2, 6, 112, 192),
    StageConfig(1, 3, 1, 6, 192, 320),
)


@dataclasses.dataclass(frozen=True)
class BlockConfig:
    """One mobile inverted bottleneck block, after scaling.

    Attributes:
      index: position among all blocks of the network, from 0.
      stage: position of its stage among `NetworkConfig.stages`, from 0.
      kernel_size: height and width of the depthwise kernel.
      stride: stride of the depthwise convolution.
      expansion: ratio of inner to input channels; 1 leaves the expansion out.
      input_filters: channels of the block's input.
      output_filters: channels of the block's output.
      squeeze_filters: channels between the two convolutions of
        squeeze-and-excite; None leaves it out.
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
        return _strided(self.input_size, self.stride)

    @property
    def expanded_filters(self) -> int:
        """Channels inside the block."""
        return self.input_filters * self.expansion

    @property
    def has_residual(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.stride == 1 and self.input_filters == self.output_filters


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """Everything about a network that can be chosen.

    Attributes:
      name: the architecture's name; the scope of its variables.
      width_coefficient: factor on the channels of each layer.
      depth_coefficient: factor on the repeats of each stage.
      image_size: expected height and width of the images, in pixels.
      dropout_rate: probability that dropout before the classifier drops a
        feature in training, in [0, 1).
      preprocessing: normalization of the inputs that the weights were trained
        with: 'imagenet', 'advprop' or 'lite' (see `inputs.normalize`).
      num_classes: outputs of the classifier; None for a network without one.
      lite: whether this is a Lite variant: no squeeze-and-excite, relu6 for
        swish, stem, head and the repeats of first and last stage unscaled.
      stages: the baseline's stages.
      stem_filters: channels of the stem before scaling.
      head_filters: channels of the head before scaling.
      depth_divisor: channels are rounded to multiples of it.
      squeeze_ratio: channels inside squeeze-and-excite, as a part of the
        block's input channels.
      survival_probability: `1 - (1 - survival_probability) * i / N` is the
        survival probability of block i of N; 1 switches stochastic depth off.
      batch_norm_momentum: weight of the old value in an update of a moving
        average, in [0, 1].
      batch_norm_epsilon: added to a variance before its root is taken.
      synchronized_batch_norm: whether training normalizes by the batch of all
        replicas of a `tf.distribute` strategy, instead of each by its own.
      seed: seeds the initial values of the variables.
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
    batch_norm_epsilon: float = 1e-3
    synchronized_batch_norm: bool = False
    seed: int = 0

    def __post_init__(self):
        _check_choice("preprocessing", self.preprocessing, PREPROCESSINGS)
        _check_positive("image_size", self.image_size)
        if self.num_classes is not None:
            _check_positive("num_classes", self.num_classes)
        _check("dropout_rate", self.dropout_rate, 0 <= self.dropout_rate < 1, "[0, 1)")
        _check(
            "survival_probability",
            self.survival_probability,
            0 < self.survival_probability <= 1,
            "(0, 1]",
        )
        _check(
            "batch_norm_momentum",
            self.batch_norm_momentum,
            0 <= self.batch_norm_momentum <= 1,
            "[0, 1]",
        )
        if not (_is_integer(self.seed) and 0 <= self.seed < 2**32):
            raise errors.InputError(
                f"seed must be an integer from 0 to 4294967295, found {self.seed!r}"
            )

    @property
    def scaled_stem_filters(self) -> int:
        """Channels of the stem; Lite leaves them unscaled."""
        return self.stem_filters if self.lite else self._scale(self.stem_filters)

    @property
    def stem_size(self) -> int:
        """Height and width of the stem's output for images of the expected size."""
        return _strided(self.image_size, 2)

    @property
    def num_features(self) -> int:
        """Length of a feature vector, the channels of the head."""
        return self.head_filters if self.lite else self._scale(self.head_filters)

    def blocks(self) -> list[BlockConfig]:
        """The network's blocks from first to last, scaled."""
        blocks = []
        count = sum(map(self._scaled_repeats, range(len(self.stages))))
        input_filters, input_size = self.scaled_stem_filters, self.stem_size
        for position, stage in enumerate(self.stages):
            for repeat in range(self._scaled_repeats(position)):
                stride = stage.stride if repeat == 0 else 1
                block = self._block(
                    len(blocks), count, position, stride, input_filters, input_size
                )
                blocks.append(block)
                input_filters, input_size = block.output_filters, block.output_size
        return blocks

    def _block(
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
            output_filters=self._scale(stage.output_filters),
            squeeze_filters=None if self.lite else squeeze_filters,
            survival_probability=1 - (1 - self.survival_probability) * index / count,
            input_size=input_size,
        )

    def _scaled_repeats(self, position: int) -> int:
        repeats = self.stages[position].repeats
        if self.lite and position in (0, len(self.stages) - 1):
            return repeats
        return int(math.ceil(self.depth_coefficient * repeats))

    def _scale(self, filters: int) -> int:
        """Scales channels by width, to the nearest multiple, by at most 10 % down."""
        scaled = filters * self.width_coefficient
        divisor = self.depth_divisor
        rounded = max(divisor, int(scaled + divisor / 2) // divisor * divisor)
        return rounded if rounded >= 0.9 * scaled else rounded + divisor


def _strided(size: int, stride: int) -> int:
    """Pixels that a convolution with SAME padding leaves of a height or width."""
    return -(-size // stride)


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise errors.InputError(
            "{} must be one of {}, found {!r}".format(field, ", ".join(choices), value)
        )


def _check(field: str, value: float, is_within: bool, bounds: str) -> None:
    if not is_within:
        raise errors.InputError(f"{field} must be in {bounds}, found {value!r}")


def _check_positive(field: str, value: int) -> None:
    if not _is_integer(value) or value < 1:
        raise errors.InputError(f"{field} must be a positive integer, found {value!r}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _lite(name, width, depth, image_size, dropout_rate) -> NetworkConfig:
    return NetworkConfig(
        name, width, depth, image_size, dropout_rate, preprocessing="lite", lite=True
    )


# Width, depth, resolution and dropout as in the publisher's code. b8's only
# published weights are AdvProp's (arXiv 1911.09665).
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
    _lite("efficientnet-lite0", 1.0, 1.0, 224, 0.2),
    _lite("efficientnet-lite1", 1.0, 1.1, 240, 0.2),
    _lite("efficientnet-lite2", 1.1, 1.2, 260, 0.3),
    _lite("efficientnet-lite3", 1.2, 1.4, 280, 0.3),
    _lite("efficientnet-lite4", 1.4, 1.8, 300, 0.3),
)
VARIANTS = {row.name: row for row in _ROWS}


def get_config(model: str | NetworkConfig, **changes) -> NetworkConfig:
    """Returns the row of a variant, with the given fields changed.

    Args:
      model: a variant's name, e.g. 'efficientnet-b2', or a NetworkConfig.
      **changes: fields of NetworkConfig to replace.

    Returns:
      A NetworkConfig.

    Raises:
      errors.InputError: if there is no such variant, or a value is out of range.
    """
    if isinstance(model, NetworkConfig):
        return dataclasses.replace(model, **changes)
    if model not in VARIANTS:
        raise errors.InputError(
            "model must be one of {}, found {!r}".format(", ".join(VARIANTS), model)
        )
    return dataclasses.replace(VARIANTS[model], **changes)
