"""The options of a comparison. A field is a keyword argument and a flag."""

from __future__ import annotations

import dataclasses
import math

from ... import errors
from ...efficientnet import config as config_lib
from ...option_fields import option

# 20 times what other kernels change in the outputs, see docs/compare.md.
_TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class Options:
    """What a user can choose about a comparison.

    Attributes:
      images: a folder of images, or None for three bundled photographs.
      tolerance: the largest difference that counts as the same, as a part of the
        greatest magnitude of the tensor, in [0, 1].
      image_size: height and width in pixels of the photographs, in [1, 4096], for a
        module that does not say its own, or None for those of the other module.
    """

    images: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "a folder of images, also in folders below it; default: three photographs "
            "of this package",
            metavar="FOLDER",
            is_path=True,
        ),
    )
    tolerance: float = dataclasses.field(
        default=_TOLERANCE,
        metadata=option(
            "the largest difference that counts as the same, as a part of the greatest "
            f"value of an output or variable; default: {_TOLERANCE:g}",
            type=float,
            metavar="PART",
        ),
    )

    image_size: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "height and width of the photographs in pixels, for a module that does not "
            "say its own; default: those of the other module",
            type=int,
            metavar="N",
        ),
    )

    def __post_init__(self) -> None:
        if self.image_size is not None:
            config_lib.check_image_size(self.image_size)
        if not 0 <= self.tolerance <= 1 or math.isnan(self.tolerance):
            raise errors.InputError(
                f"tolerance must be from 0 to 1, found {self.tolerance:g}: it is a "
                "part of the greatest value"
            )
