"""The options of a conversion, without TensorFlow."""

from __future__ import annotations

import dataclasses

from ... import errors
from ...builder import tasks
from ...efficientnet import config as config_lib
from ...efficientnet import field_checks
from ...option_fields import option
from ..weights import file_formats
from ..weights import moving_averages as moving_averages_lib


@dataclasses.dataclass(frozen=True)
class ConversionOptions:
    """What to convert to what, see `conversion.convert_weights`."""

    to: str = dataclasses.field(
        metadata=option(
            "checkpoint: a folder with a TensorFlow checkpoint; safetensors, pth: a "
            "file for PyTorch; keras: a .weights.h5 file for Keras Applications",
            choices=file_formats.FORMATS,
        )
    )
    library: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "the library that names the arrays of a file for PyTorch",
            choices=file_formats.LIBRARIES,
        ),
    )
    model: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "the variant of weights that are no module of this package",
            choices=tuple(config_lib.VARIANTS),
            complete=config_lib.complete_name,
            metavar="MODEL",
        ),
    )
    source_model: str | None = dataclasses.field(
        default=None,
        metadata=option("see export --source_model", metavar="LIBRARY/MODEL"),
    )
    task: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "feature-vector leaves out the classifier; default: as in the source",
            choices=tasks.TASKS,
        ),
    )
    preprocessing: str | None = dataclasses.field(
        default=None,
        metadata=option("see export --preprocessing", metavar="NAME_OR_NUMBERS"),
    )
    moving_averages: str = dataclasses.field(
        default=moving_averages_lib.AUTO,
        metadata=option(
            "see export --moving_averages; default: auto",
            choices=moving_averages_lib.CHOICES,
        ),
    )

    def check(self) -> None:
        """Checks the options, and that they do not contradict each other.

        Raises:
          errors.InputError: if they do.
        """
        mistakes = errors.Mistakes()
        with mistakes.collect():
            field_checks.check_choice("to", self.to, file_formats.FORMATS)
            self._check_library()
        if self.library is not None:
            with mistakes.collect():
                field_checks.check_choice(
                    "library", self.library, file_formats.LIBRARIES
                )
        mistakes.raise_any()

    def _check_library(self) -> None:
        if (self.library is not None) != (self.to in file_formats.NAMED_FORMATS):
            found = "none" if self.library is None else f"'{self.library}'"
            formats = " and ".join(file_formats.NAMED_FORMATS)
            raise errors.InputError(
                f"library must be one of {', '.join(file_formats.LIBRARIES)} for the "
                f"formats {formats}, and none for others, found {found} for {self.to}"
            )

    def check_name(self, output: str) -> None:
        """Checks that the name of the output is that of a file of the format.

        Raises:
          errors.InputError: if it is not.
        """
        ending = file_formats.ENDINGS.get(self.to, "")
        if not output.endswith(ending):
            raise errors.InputError(
                f"a file of the format {self.to} must have a name that ends with "
                f"'{ending}', found '{output}'"
            )
