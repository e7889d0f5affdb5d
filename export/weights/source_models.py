"""The values of `--source_model`: which model of another library weights are of.

The names and the shapes of arrays do not say how a library pads, what it adds to a
variance, and how it normalizes images. Its name for the model does.
"""

from __future__ import annotations

import dataclasses
import difflib

from ... import errors, escaping
from ...efficientnet import config as config_lib
from ...efficientnet import preprocessings
from . import timm_names
from .naming import efficientnet_pytorch, library, timm, torchvision

# The default of torch.nn.BatchNorm2d, which timm and torchvision leave as it is.
_PYTORCH_EPSILON = 1e-5
# BN_EPS_TF_DEFAULT in timm/models/_efficientnet_builder.py; batch_norm_epsilon in
# efficientnet_pytorch/utils.py; norm_layer in torchvision/models/efficientnet.py.
_TENSORFLOW_EPSILON = 1e-3

# torchvision/models/efficientnet.py has b0 to b7.
_TORCHVISION = tuple(f"{config_lib.NAME_START}b{number}" for number in range(8))
_TORCHVISION_WITH_TENSORFLOW_EPSILON = _TORCHVISION[5:]

# How users write the names of libraries, and the naming of the arrays of each.
TIMM, GEFFNET = "timm", "geffnet"
_NAMINGS = {
    TIMM: timm.LIBRARY,
    GEFFNET: timm.LIBRARY,
    "torchvision": torchvision.LIBRARY,
    "efficientnet_pytorch": efficientnet_pytorch.LIBRARY,
}
EXAMPLES = (
    "timm/efficientnet_b2, timm/tf_efficientnet_b2 or torchvision/efficientnet_b5"
)
# How many similar names a message has.
_MOST_NAMES = 3


@dataclasses.dataclass(frozen=True)
class SourceModel:
    """A model of another library.

    Attributes:
      text: how users write it, such as 'timm/tf_efficientnet_b2'.
      naming: the naming of its arrays.
      variant: this project's name of the variant, such as 'efficientnet-b2'.
      padding: 'same' or 'symmetric', see `config.NetworkConfig`.
      batch_norm_epsilon: what it adds to a variance before taking the square root.
      preprocessing: the normalization of its own weights, see `preprocessings.parse`.
        None if it has none.
    """

    text: str
    naming: library.Library
    variant: str
    padding: str
    batch_norm_epsilon: float
    preprocessing: str | None


def parse(text: str) -> SourceModel:
    """Returns the model that a value of `--source_model` names.

    Args:
      text: 'LIBRARY/NAME', where NAME is the library's, such as
        'timm/tf_efficientnet_b2', 'timm/efficientnet_b1.ft_in1k',
        'geffnet/tf_efficientnet_b0_ns', 'torchvision/efficientnet_b5' or
        'efficientnet_pytorch/efficientnet-b2'.

    Raises:
      errors.InputError: if there is no such library or model.
    """
    known = list_all()
    if not isinstance(text, str) or text not in known:
        raise _describe_unknown(text, list(known))
    return known[text]


def list_all() -> dict[str, SourceModel]:
    """Returns each known model by its name."""
    models = [_make_timm(TIMM, name) for name in timm_names.list_timm()]
    models += [_make_timm(GEFFNET, name) for name in timm_names.list_geffnet()]
    models += map(make_torchvision, _TORCHVISION)
    models += [make_efficientnet_pytorch(variant) for variant in config_lib.VARIANTS]
    return {model.text: model for model in models}


def find_architecture(naming: library.Library, name: str | None) -> SourceModel | None:
    """Returns the model that a file names by its architecture, None if it is unknown.

    Args:
      naming: the naming of the file's arrays.
      name: the library's name of the architecture, such as 'tf_efficientnet_b2'. Of a
        tag behind a dot that timm does not have, nothing is known: it is left out.
        None if the file names none.
    """
    if name is None:
        return None
    known = list_all()
    for candidate in (name, name.split(".")[0]):
        text = f"{naming.name}/{candidate}"
        if text in known:
            return known[text]
    return None


def check_agreement(
    given: SourceModel | None, found: SourceModel | None, place: str
) -> None:
    """Checks that a given model is the one that a file names, if it names one.

    Only what the network computes counts. The tag of its weights may be another.

    Raises:
      errors.InputError: if it is another model.
    """
    if given is None or found is None:
        return
    for name in ("naming", "variant", "padding", "batch_norm_epsilon"):
        if getattr(given, name) != getattr(found, name):
            raise errors.InputError(
                f"{place} must be of {given.text}, found that it names {found.text}: "
                "leave out --source_model"
            )


def check_needless(given: str | None, weights: str) -> None:
    """Checks that no model is given for weights that say what they are of.

    Args:
      given: the value of `--source_model`, None if it is not given.
      weights: the value of `--weights`.

    Raises:
      errors.InputError: if one is given.
    """
    if given is not None:
        raise errors.InputError(
            "source_model must be given for files of PyTorch only, found "
            f"{escaping.show_value(given)} for '{weights}': leave it out"
        )


def resolve(
    naming: library.Library, variant: str, given: SourceModel | None, place: str
) -> SourceModel:
    """Returns the model that weights are of.

    Args:
      naming: the naming of their arrays.
      variant: the name of the network that they are for.
      given: the model that the user or the file names.
      place: what messages call the file.

    Raises:
      errors.InputError: if the given model is another one, or none is given and the
        arrays do not tell which it is.
    """
    if given is not None:
        _check_given(naming, variant, given, place)
        return given
    if naming == torchvision.LIBRARY:
        return make_torchvision(variant)
    if naming == efficientnet_pytorch.LIBRARY:
        return make_efficientnet_pytorch(variant)
    known = variant if variant in config_lib.VARIANTS else "efficientnet-b0"
    short = config_lib.shorten_name(known)
    raise errors.InputError(
        f"{place} must come with the model that it is of, found arrays that timm's "
        f"efficientnet_{short} and tf_efficientnet_{short} both have, which pad "
        f"differently: give --source_model=timm/efficientnet_{short} or "
        f"--source_model=timm/tf_efficientnet_{short}, or a folder with timm's "
        "config.json"
    )


def _check_given(
    naming: library.Library, variant: str, given: SourceModel, place: str
) -> None:
    if given.naming != naming:
        raise errors.InputError(
            f"{place} must hold the arrays of {given.text}, found the names of "
            f"{naming.name}: is it of another library?"
        )
    if given.variant != variant:
        raise errors.InputError(
            f"{place} must be of {variant}, found {given.text}: give "
            f"--model={given.variant}"
        )


def _make_timm(spelling: str, name: timm_names.TimmName) -> SourceModel:
    return SourceModel(
        f"{spelling}/{name.text}",
        timm.LIBRARY,
        config_lib.NAME_START + name.variant,
        config_lib.SAME if name.is_tensorflow else config_lib.SYMMETRIC,
        _TENSORFLOW_EPSILON if name.is_tensorflow else _PYTORCH_EPSILON,
        name.preprocessing,
    )


def make_torchvision(variant: str) -> SourceModel:
    """Returns torchvision's model of a variant.

    Raises:
      errors.InputError: if it has none.
    """
    if variant not in _TORCHVISION:
        raise errors.InputError(
            "a model of torchvision must be one of efficientnet-b0 to b7, found "
            f"weights for {escaping.cut(variant)}: is it another --model?"
        )
    uses_tensorflows = variant in _TORCHVISION_WITH_TENSORFLOW_EPSILON
    return SourceModel(
        f"torchvision/efficientnet_{config_lib.shorten_name(variant)}",
        torchvision.LIBRARY,
        variant,
        config_lib.SYMMETRIC,
        _TENSORFLOW_EPSILON if uses_tensorflows else _PYTORCH_EPSILON,
        # torchvision/transforms/_presets.py, ImageClassification.
        "imagenet",
    )


def make_efficientnet_pytorch(variant: str) -> SourceModel:
    """Returns efficientnet_pytorch's model of a variant, whose networks are the same.

    Its weights are the publisher's, and so is their normalization.
    """
    row = config_lib.VARIANTS.get(variant)
    return SourceModel(
        f"efficientnet_pytorch/{variant}",
        efficientnet_pytorch.LIBRARY,
        variant,
        config_lib.SAME,
        _TENSORFLOW_EPSILON,
        None if row is None else preprocessings.normalize_text(row.preprocessing),
    )


def _describe_unknown(text: object, known: list[str]) -> errors.InputError:
    shown = escaping.cut(text)
    near = difflib.get_close_matches(shown, known, _MOST_NAMES)
    library_name = shown.split("/")[0]
    cause = f"write LIBRARY/NAME, such as {EXAMPLES}"
    if near:
        cause = f"is it {' or '.join(near)}?"
    elif library_name in _NAMINGS:
        cause = f"{library_name} has no EfficientNet of this name"
    return errors.InputError(
        "source_model must be a model of "
        f"{', '.join(_NAMINGS)}, found '{escaping.escape_terminal(shown)}': {cause}"
    )
