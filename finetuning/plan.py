"""The plan of a training: options, photographs, numbers of steps."""

from __future__ import annotations

import dataclasses

from .. import errors
from ..photographs import labeled as photographs_lib
from . import options as options_lib


@dataclasses.dataclass(frozen=True)
class Plan:
    """A training.

    Attributes:
      options: what the user chose.
      image_size: height and width of the images in pixels.
      training_photographs: the photographs to train with, at least one batch.
      evaluation_photographs: the photographs to evaluate with, of the same classes.
      training_dir: folder for checkpoints, TensorBoard summaries and features.
      first_count: number of photographs to train with when the training began, which
        determines the steps of an epoch. None for that of `training_photographs`.
    """

    options: options_lib.Options
    image_size: int
    training_photographs: photographs_lib.Photographs
    evaluation_photographs: photographs_lib.Photographs
    training_dir: str
    first_count: int | None = None

    def __post_init__(self) -> None:
        count = len(self.training_photographs.paths)
        if count < self.options.batch:
            raise errors.InputError(
                f"there must be a batch of {self.options.batch} photographs to train "
                f"with, found {count} beside those held out: pass a smaller --batch"
            )

    @property
    def steps_per_epoch(self) -> int:
        """Number of whole batches in an epoch."""
        count = self.first_count
        if count is None:
            count = len(self.training_photographs.paths)
        return count // self.options.batch

    @property
    def steps(self) -> int:
        """Number of steps in all epochs."""
        return self.options.epochs * self.steps_per_epoch

    @property
    def warm_up_steps(self) -> int:
        """Number of steps in which the learning rate rises, less than `steps`."""
        warm_up_steps = round(self.options.warm_up_epochs * self.steps_per_epoch)
        return min(warm_up_steps, self.steps - 1)

    @property
    def class_names(self) -> list[str]:
        """The name of each class."""
        return list(self.training_photographs.class_names)
