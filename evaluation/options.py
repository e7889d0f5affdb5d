"""The options of an evaluation. A field is a keyword argument and a flag."""

from __future__ import annotations

import dataclasses

from .. import errors
from ..efficientnet import config as config_lib
from ..option_fields import batch_field, image_size_field, option

SQUASH = "squash"
PUBLISHER = "publisher"
CENTER_CROP = "center-crop"
FAST = "fast"
RESIZES = (SQUASH, PUBLISHER, CENTER_CROP, FAST)


@dataclasses.dataclass(frozen=True)
class Options:
    """What a user can choose about an evaluation.

    Attributes:
      module: a classification module's directory or its .tar.gz, of any publisher.
      images: a folder with a folder of images for each class.
      labels: a text file that says which folder is which class, see `label_files`, or
        None to find that by the names of the folders.
      resize: one of `RESIZES`.
      image_size: height and width of the images in pixels, in [1, 4096], or None for
        those that the module expects.
      batch: number of images in a batch, at least 1, or None for 16, and fewer of large
        images.
      output: folder for the report, in which an evaluation that was interrupted is
        continued, or None.
      minimum_top_1: the smallest accuracy that passes, in [0, 1], or None.
      skip_damaged: whether to leave out images that cannot be read, instead of refusing
        them.
    """

    module: str
    images: str = dataclasses.field(
        metadata=option(
            "a folder that has a folder of images for each class",
            metavar="FOLDER",
            is_path=True,
        )
    )
    labels: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "which folder is which class: lines such as 'n01440764 -> tench', or the "
            "names of the folders in the order of the classes; default: by the names "
            "of the folders",
            metavar="FILE",
            is_path=True,
        ),
    )
    resize: str = dataclasses.field(
        default=SQUASH,
        metadata=option(
            "squash: the whole image, as classify and finetune see it; publisher: as "
            "in the published accuracy of EfficientNet; center-crop: as in that of "
            "timm and torchvision; fast: as squash, but large JPEG files are decoded "
            "at a lower resolution; default: %(default)s",
            choices=RESIZES,
        ),
    )
    image_size: int | None = image_size_field()
    batch: int | None = batch_field()
    output: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "write the report and the confusion matrix to this folder, and continue "
            "an interrupted evaluation there",
            metavar="DIR",
            is_path=True,
        ),
    )
    minimum_top_1: float | None = dataclasses.field(
        default=None,
        metadata=option(
            "exit with status 1 if the accuracy is below, such as 0.79",
            type=float,
            metavar="FRACTION",
        ),
    )
    skip_damaged: bool = dataclasses.field(
        default=False,
        metadata=option("leave out images that cannot be read", type=bool),
    )

    def __post_init__(self) -> None:
        mistakes = errors.Mistakes()
        check_resizing(self.resize, self.image_size, mistakes)
        if self.batch is not None and self.batch < 1:
            mistakes.add(f"batch must be at least 1, found {self.batch!r}")
        # Comparisons with NaN are false.
        if self.minimum_top_1 is not None and not 0 <= self.minimum_top_1 <= 1:
            mistakes.add(
                f"minimum_top_1 must be from 0 to 1, found {self.minimum_top_1!r}: is "
                "it a percentage?"
            )
        mistakes.raise_any()


def check_resizing(
    resize: str, image_size: int | None, mistakes: errors.Mistakes
) -> None:
    """Adds what is wrong about how images are resized, see `Options`."""
    if resize not in RESIZES:
        mistakes.add(f"resize must be one of {', '.join(RESIZES)}, found {resize!r}")
    if image_size is not None:
        with mistakes.collect():
            config_lib.check_image_size(image_size)


NAMES = tuple(field.name for field in dataclasses.fields(Options))
