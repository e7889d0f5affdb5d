"""The options of `embed`. A field is a keyword argument and a flag."""

from __future__ import annotations

import dataclasses

from .. import errors
from ..evaluation import options as evaluation_options
from ..option_fields import batch_field, image_size_field, option
from ..signatures import class_names

FEATURES = "image_feature_vector"
LOGITS = "logits"
_MOST_IMAGES = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Computation:
    """What is computed for each image.

    Attributes:
      endpoint: `FEATURES`, `LOGITS`, or the name of an output of the module.
      top_k: number of most probable classes to write in place of an endpoint, in
        [1, 1000000], or None; all if there are fewer.
      resize: one of `evaluation.options.RESIZES`.
      image_size: height and width of the images in pixels, in [1, 4096], or None for
        those that the module expects.
      batch: number of images in a batch, at least 1, or None for 16, and fewer of large
        images.
    """

    endpoint: str = dataclasses.field(
        default=FEATURES,
        metadata=option(
            "what to write: image_feature_vector, logits, or the name of an output, "
            "such as reduction_3; default: %(default)s",
            metavar="NAME",
        ),
    )
    top_k: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "write the N most probable classes instead: their indices, names and "
            "probabilities",
            type=int,
            metavar="N",
        ),
    )
    resize: str = dataclasses.field(
        default=evaluation_options.SQUASH,
        metadata=option(
            "squash: the whole image, as classify and finetune see it; publisher and "
            "center-crop: as evaluate reads it; fast: as squash, but large JPEG files "
            "are decoded at a lower resolution; default: %(default)s",
            choices=evaluation_options.RESIZES,
        ),
    )
    image_size: int | None = image_size_field()
    batch: int | None = batch_field()

    def __post_init__(self) -> None:
        mistakes = errors.Mistakes()
        if not self.endpoint:
            mistakes.add("endpoint must be the name of an output, found ''")
        evaluation_options.check_resizing(self.resize, self.image_size, mistakes)
        bounds = {"top_k": class_names.MOST_CLASSES, "batch": _MOST_IMAGES}
        for name, most in bounds.items():
            with mistakes.collect():
                _check_number(name, getattr(self, name), most)
        if self.top_k is not None and self.endpoint != FEATURES:
            mistakes.add(
                "top_k must be alone, found it with "
                f"endpoint={self.endpoint!r}: give one of the two"
            )
        mistakes.raise_any()


@dataclasses.dataclass(frozen=True)
class Destination:
    """Where and how a table is written.

    Attributes:
      output: the file, or with `shard_size` the folder. Its extension is the format,
        see `formats`.
      shard_size: number of images in a file of a folder, at least 1, or None for one
        file.
      overwrite: whether to replace an earlier table.
    """

    output: str = dataclasses.field(
        metadata=option(
            "the file to write: .parquet, .npz or .tfrecord; with --shard_size a "
            "folder of such files",
            metavar="FILE",
            is_path=True,
        )
    )
    shard_size: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "write a folder, with N images in each file", type=int, metavar="N"
        ),
    )
    overwrite: bool = dataclasses.field(
        default=False, metadata=option("replace an earlier table", type=bool)
    )

    def __post_init__(self) -> None:
        _check_number("shard_size", self.shard_size, _MOST_IMAGES)


def _check_number(name: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise errors.InputError(f"{name} must be from 1 to {most}, found {value!r}")
