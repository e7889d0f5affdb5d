"""The options of fine-tuning.

A field is a keyword argument and a flag. A training resumes only if all fields are the
same, except those with `compare=False`.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from .. import errors, escaping
from ..option_fields import image_size_field, option

NO_AUGMENTATION = "none"
CROP = "crop"
CROP_AND_FLIP = "crop-and-flip"
AUGMENTATIONS = (NO_AUGMENTATION, CROP, CROP_AND_FLIP)

# The smallest value of each number that has one.
_SMALLEST = {
    "epochs": 1,
    "batch": 1,
    "image_size": 1,
    "learning_rate": 0,
    "warm_up_epochs": 0,
    "patience": 1,
}
# What `freeze` has no use for.
_OF_THE_NETWORK = ("patience", "augmentation")
# The largest number of float32.
_LARGEST_LEARNING_RATE = 3.4e38
# A training that takes longer is a mistake, such as a digit too many.
_MOST_EPOCHS = 100_000
_HELD_OUT = 0.2
_CLASSIFIER_LEARNING_RATE = 0.01
_NETWORK_LEARNING_RATE = 0.02


@dataclasses.dataclass(frozen=True)
class Options:
    """What a user can choose about fine-tuning a module.

    A training resumes an earlier one if the fields without `compare=False` are equal,
    and the module and the images have the same content. Only `epochs` may be larger.

    Attributes:
      module: directory or .tar.gz of a classification module of this package.
      images: a folder with a folder of photographs for each class, or with the folders
        `train` and `val`, which have the folders of classes.
      validation_images: a folder of photographs to evaluate with, or None to hold some
        out.
      skip_damaged: whether to leave out files that cannot be read.
      training_dir: folder for checkpoints and TensorBoard summaries, or None for
        `<output>.training`. If it has checkpoints, training resumes from the last one.
      epochs: number of passes over the photographs, in [1, 100000].
      batch: number of images in a batch, at least 1.
      image_size: height and width of the images in pixels, at least 1, which the new
        module expects too, or None for those of `module`.
      learning_rate: the peak learning rate, in [0, 3.4e38], or None for 0.02 (momentum
        0.9), or 0.01 (Adam) with `freeze`.
      warm_up_epochs: number of epochs in which the learning rate rises, at least 0;
        may be a fraction.
      patience: number of epochs without a better accuracy after which training stops,
        at least 1, or None to train for all epochs.
      augmentation: one of `AUGMENTATIONS`, or None for 'crop-and-flip'.
      held_out: fraction of the photographs to evaluate with, in (0, 1), or None for
        0.2. It must be None if there is a folder to evaluate with.
      seed: seeds the new classifier, the choice of the photographs that are held out,
        their order, augmentation, dropout and stochastic depth.
      freeze: whether to train the classifier only, on features that are computed once
        and kept in `training_dir`. Augmentation and patience must be None then.
    """

    module: str = dataclasses.field(
        compare=False,
        metadata=option(
            "the module to fine-tune", metavar="DIR_OR_ARCHIVE", is_path=True
        ),
    )
    images: str = dataclasses.field(
        compare=False,
        metadata=option(
            "a folder that has a folder of photographs for each class, with the name "
            "of the class, or that has such folders in 'train' and 'val'",
            metavar="FOLDER",
            is_path=True,
        ),
    )
    validation_images: str | None = dataclasses.field(
        default=None,
        compare=False,
        metadata=option(
            "a folder of photographs to evaluate with, of the same classes; default: "
            "'val' in the folder of --images, or else some are held out",
            metavar="FOLDER",
            is_path=True,
        ),
    )
    skip_damaged: bool = dataclasses.field(
        default=False,
        compare=False,
        metadata=option("leave out files that cannot be read", type=bool),
    )
    training_dir: str | None = dataclasses.field(
        default=None,
        compare=False,
        metadata=option(
            "checkpoints and TensorBoard summaries; default: DIR.training",
            metavar="FOLDER",
            is_path=True,
        ),
    )
    epochs: int = dataclasses.field(
        default=10,
        metadata=option(
            "number of passes over the photographs; default: %(default)s",
            type=int,
            metavar="N",
        ),
    )
    batch: int = dataclasses.field(
        default=32,
        metadata=option(
            "number of images in a batch; default: %(default)s", type=int, metavar="N"
        ),
    )
    image_size: int | None = image_size_field()
    learning_rate: float | None = dataclasses.field(
        default=None,
        metadata=option(
            f"the peak learning rate; default: {_NETWORK_LEARNING_RATE} (momentum "
            f"0.9), or {_CLASSIFIER_LEARNING_RATE} (Adam) with --freeze",
            type=float,
            metavar="RATE",
        ),
    )
    warm_up_epochs: float = dataclasses.field(
        default=0.5,
        metadata=option(
            "number of epochs in which the learning rate rises; default: %(default)s",
            type=float,
            metavar="N",
        ),
    )
    patience: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "stop after this number of epochs without a better accuracy; default: "
            "train for all epochs",
            type=int,
            metavar="N",
        ),
    )
    augmentation: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "how to vary the training images; use 'crop' if a mirrored image has "
            f"another meaning, as digits do; default: {CROP_AND_FLIP}",
            choices=AUGMENTATIONS,
        ),
    )
    held_out: float | None = dataclasses.field(
        default=None,
        metadata=option(
            "fraction of the photographs to evaluate with; default: "
            f"{_HELD_OUT}, without a folder to evaluate with",
            type=float,
            metavar="FRACTION",
        ),
    )
    seed: int = dataclasses.field(
        default=0,
        metadata=option(
            "seeds the new classifier and everything random; default: %(default)s",
            type=int,
            metavar="N",
        ),
    )
    freeze: bool = dataclasses.field(
        default=False,
        compare=False,
        metadata=option(
            "train the classifier only, on features that are computed once", type=bool
        ),
    )

    def __post_init__(self) -> None:
        mistakes = errors.Mistakes()
        for name, smallest in _SMALLEST.items():
            value = getattr(self, name)
            # Comparisons with NaN are false.
            if value is None or smallest <= value < math.inf:
                continue
            kind = "" if value < smallest else "a finite number of "
            mistakes.add(f"{name} must be {kind}at least {smallest}, found {value!r}")
        if self.epochs > _MOST_EPOCHS:
            mistakes.add(
                f"epochs must be at most {_MOST_EPOCHS}, found "
                f"{escaping.cut(self.epochs)}"
            )
        if _LARGEST_LEARNING_RATE < (self.learning_rate or 0) < math.inf:
            mistakes.add(
                f"learning_rate must be at most {_LARGEST_LEARNING_RATE:g}, found "
                f"{self.learning_rate!r}"
            )
        if self.held_out is not None and not 0 < self.held_out < 1:
            mistakes.add(f"held_out must be between 0 and 1, found {self.held_out!r}")
        if self.augmentation not in (None, *AUGMENTATIONS):
            mistakes.add(
                f"augmentation must be one of {', '.join(AUGMENTATIONS)}, found "
                f"{self.augmentation!r}"
            )
        for name in _OF_THE_NETWORK if self.freeze else ():
            value = getattr(self, name)
            if value is not None:
                mistakes.add(
                    f"{name} must not be given with freeze, which trains on features "
                    f"that are computed once, found {escaping.cut(value)}: is the "
                    "whole network to be trained?"
                )
        mistakes.raise_any()

    def list_folders(self) -> list[str]:
        """Returns the folders with photographs."""
        folders = (self.images, self.validation_images)
        return [folder for folder in folders if folder is not None]

    @property
    def held_out_fraction(self) -> float:
        """The fraction of the photographs to evaluate with."""
        return _HELD_OUT if self.held_out is None else self.held_out

    @property
    def chosen_augmentation(self) -> str:
        """How the training images vary."""
        return self.augmentation or CROP_AND_FLIP

    @property
    def peak_learning_rate(self) -> float:
        """The learning rate at the end of the warm-up."""
        if self.learning_rate is not None:
            return self.learning_rate
        return _CLASSIFIER_LEARNING_RATE if self.freeze else _NETWORK_LEARNING_RATE

    def list_compared(self) -> dict[str, Any]:
        """Returns the options that must be the same to resume a training.

        `epochs` may be larger.
        """
        compared = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.compare
        }
        return dict(
            compared,
            held_out=self.held_out_fraction,
            augmentation=self.chosen_augmentation,
        )
