"""The options of an export: what a module is, and where to write it.

Each option is one field. Its metadata gives the flag of the command `export` and, for
`ExportOptions`, the field of an entry in a list of modules. Whatever is a field of
`ExportOptions` is recorded in the manifest and makes a published module stale when it
changes.
"""

from __future__ import annotations

import dataclasses

from ..builder import recomputations, tasks
from ..efficientnet import config as config_lib
from ..efficientnet import preprocessings
from ..option_fields import option
from .weights import moving_averages as moving_averages_lib
from .weights import named_weights
from .writers import formats


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """What determines a module, see `exporter.export_module`.

    A Python program may also give a NetworkConfig as `model`.
    """

    model: str | config_lib.NetworkConfig = dataclasses.field(
        metadata=option(
            f"one of {', '.join(map(config_lib.shorten_name, config_lib.VARIANTS))}",
            choices=tuple(config_lib.VARIANTS),
            complete=config_lib.complete_name,
            metavar="MODEL",
        )
    )
    weights: str = dataclasses.field(
        metadata=option(
            f"a name ({', '.join(named_weights.NAMES)}), a file of PyTorch or Keras "
            "(.pth, .safetensors, .h5, .keras, ...), a folder of timm, a TensorFlow "
            "checkpoint (its prefix, directory or .tar.gz), a module, or the https:// "
            "or gs:// address of a file",
            metavar="SOURCE",
            is_path=True,
        )
    )
    task: str = dataclasses.field(
        default=tasks.CLASSIFICATION,
        metadata=option(
            "what the module computes; default: classification", choices=tasks.TASKS
        ),
    )
    num_classes: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "outputs of the classifier; default: the number of labels, or those of the "
            "weights, or 1000",
            type=int,
            metavar="N",
        ),
    )
    labels: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "class names, one per line; default: those of the weights, or "
            "ImageNet's for 1000 classes",
            metavar="FILE",
            is_path=True,
        ),
    )
    image_size: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "expected height and width of the images, in pixels; default: that of "
            "the weights, or the variant's",
            type=int,
            metavar="N",
        ),
    )
    preprocessing: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "how the weights expect images to be normalized: "
            f"{', '.join(preprocessings.NAMES)}, or a mean and a deviation for each "
            "of R, G and B in [0, 1], such as 0.5,0.5,0.5/0.25,0.25,0.25; default: "
            "what the weights say, or the model's",
            metavar="NAME_OR_NUMBERS",
        ),
    )
    seed: int | None = dataclasses.field(
        default=None,
        metadata=option(
            "seeds random weights, a new classifier, and the masks of dropout and "
            "stochastic depth; default: 0",
            type=int,
            metavar="N",
        ),
    )
    source_model: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "the library and the model that a file of weights is of, such as "
            "timm/efficientnet_b2; needed where the file does not say it",
            metavar="LIBRARY/MODEL",
        ),
    )
    moving_averages: str = dataclasses.field(
        default=moving_averages_lib.AUTO,
        metadata=option(
            "auto: take moving averages where a checkpoint has them; never: take the "
            "raw values; default: auto",
            choices=moving_averages_lib.CHOICES,
        ),
    )
    new_classifier: bool = dataclasses.field(
        default=False,
        metadata=option("give the classifier new initial values", type=bool),
    )
    recompute: str = dataclasses.field(
        default=recomputations.SWISH,
        metadata=option(
            "what the gradients of the training graph compute again, in the TF1 Hub "
            "format: swish needs less memory; none has second derivatives; default: "
            "swish",
            choices=recomputations.RECOMPUTATIONS,
        ),
    )


@dataclasses.dataclass(frozen=True)
class OutputOptions:
    """Where and in which format to write a module, see `exporter.export_module`.

    A list of modules has none of these: `build` decides where it publishes, and
    publishes the TF1 Hub format only.
    """

    output: str = dataclasses.field(
        metadata=option("the module to write", metavar="DIR", is_path=True)
    )
    format: str = dataclasses.field(
        default=formats.HUB,
        metadata=option(
            "hub: the TF1 Hub format; savedmodel: for TensorFlow 2, where "
            "hub.KerasLayer trains it; both: in DIR/hub and DIR/savedmodel; "
            "default: hub",
            choices=formats.FORMATS,
        ),
    )
    archive: str | None = dataclasses.field(
        default=None,
        metadata=option(
            "also write the module as this .tar.gz", metavar="FILE", is_path=True
        ),
    )
    overwrite: bool = dataclasses.field(
        default=False,
        metadata=option("replace what exists at the destinations", type=bool),
    )
