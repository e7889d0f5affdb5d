"""Reads a folder as the Hugging Face hub has it: the weights beside `config.json`.

timm writes it (`save_for_hf` in timm/models/_hub.py). Old forms have everything of
`pretrained_cfg` at the top level, and `labels` instead of `label_names`.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Mapping, Sequence

from ... import errors, escaping, json_files, paths
from ...efficientnet import config as config_lib
from ...efficientnet import preprocessings
from . import hub_labels, network_facts, source_models
from .naming import timm

CONFIG = "config.json"
# In the order in which timm looks for them.
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
# The same, split over several files, see `sharded_files`.
_INDEXES = tuple(f"{name}.index.json" for name in WEIGHTS)
_WHAT = "timm's description of a model"

# Arguments of timm's models that change nothing of what a trained network computes.
_HARMLESS_ARGUMENTS = (
    ("num_classes", "drop_rate", "drop_path_rate", "bn_momentum", "pretrained")
    + ("exportable", "scriptable", "no_jit", "pretrained_strict", "checkpoint_path")
    + ("bn_eps", "pad_type")  # See `_read_changes`.
)
# Other arguments, and the values that are the network's own.
_OWN_VALUES: Mapping[str, Sequence[Any]] = {
    "global_pool": ("avg", None),
    "in_chans": (3, None),
    "act_layer": (None,),
    "norm_layer": (None,),
    "output_stride": (32, None),
}
_PADDINGS = {"same": config_lib.SAME, "": config_lib.SYMMETRIC}
_LICENSES = {
    name.lower(): name
    for name in ("Apache-2.0", "MIT", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-NC-4.0")
}


@dataclasses.dataclass(frozen=True)
class HubFolder:
    """What a folder says about its weights.

    Attributes:
      weights: the path of the file with the arrays, or of the index of such files.
      config: the path of the description.
      model: the model that they are of.
      facts: what the description says about the network.
      license: the SPDX identifier of their license, None if unknown.
      notes: what to report to the user, a sentence each.
    """

    weights: str
    config: str
    model: source_models.SourceModel
    facts: network_facts.NetworkFacts
    license: str | None
    notes: Sequence[str]


def find_weights(folder: str) -> str | None:
    """Returns the path of the weights in a folder of the hub, None if it is not one.

    It is that of the index of weights that are split over several files.
    """
    for name in (*WEIGHTS, *_INDEXES):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    return None


def list_files(folder: str) -> list[str]:
    """Returns the paths of the weights and of the description in a folder.

    Raises:
      errors.InputError: if one of them is missing.
    """
    paths.check("weights", folder)
    weights = find_weights(folder)
    path = os.path.join(folder, CONFIG)
    if weights is None or not os.path.isfile(path):
        missing = CONFIG if weights is not None else " or ".join(WEIGHTS)
        raise errors.InputError(
            f"folder '{folder}' must hold {CONFIG} and {' or '.join(WEIGHTS)}, found "
            f"no {missing}: was it downloaded in part?"
        )
    return [weights, path]


def read_folder(folder: str) -> HubFolder:
    """Reads the description in a folder, not the weights.

    Raises:
      errors.InputError: if a file is missing, or the description is not that of a known
        model.
    """
    weights, path = list_files(folder)
    return _Description(path).describe(weights)


class _Description:
    """The content of `config.json`, whose fields may be missing or anything."""

    def __init__(self, path: str) -> None:
        self._path = path
        document = json_files.read(path, _WHAT)
        if not isinstance(document, dict):
            raise self._refuse(f"a {type(document).__name__}")
        self._document = document
        # The old form has no part of this name.
        self._config = document.get("pretrained_cfg", document)
        if not isinstance(self._config, dict):
            raise self._refuse("a 'pretrained_cfg' that is no object")

    def describe(self, weights: str) -> HubFolder:
        model = self._find_model()
        self._check_pooling()
        num_classes = self._read_count("num_classes")
        names = hub_labels.read(
            self._find("label_names") or self._find("labels"),
            self._find("label_descriptions"),
            num_classes,
            f"'{self._path}'",
        )
        image_size, notes = self._read_size()
        facts = network_facts.NetworkFacts(
            num_classes=num_classes or None,
            preprocessing=self._read_statistics() or model.preprocessing,
            padding=model.padding,
            batch_norm_epsilon=model.batch_norm_epsilon,
            image_size=image_size,
            class_names=names,
        )
        notes += self._describe_images()
        return HubFolder(weights, self._path, model, facts, self._read_license(), notes)

    def _find(self, name: str) -> Any:
        """Returns a field of the top level or else of the part for the weights."""
        value = self._document.get(name)
        return self._config.get(name) if value is None else value

    def _find_model(self) -> source_models.SourceModel:
        name = self._find("architecture")
        if not isinstance(name, str):
            found = "no 'architecture'"
            if "model_type" in self._document:
                found = f"a model of the library transformers ({found})"
            raise self._refuse(found)
        model = source_models.find_architecture(timm.LIBRARY, name)
        if model is None:
            raise errors.InputError(
                f"'{self._path}' must be of an architecture such as efficientnet_b2 or "
                f"tf_efficientnet_b2, found {self._show(name)}: is it another network?"
            )
        return self._read_changes(model)

    def _read_changes(
        self, model: source_models.SourceModel
    ) -> source_models.SourceModel:
        """Returns the model as the arguments change it that it was made with."""
        arguments = self._document.get("model_args")
        if arguments is None:
            return model
        if not isinstance(arguments, dict):
            raise self._refuse("'model_args' that are no object")
        for name, value in arguments.items():
            own = _OWN_VALUES.get(name, ())
            if name not in _HARMLESS_ARGUMENTS and not _is_one_of(value, own):
                raise self._refuse_argument(name, value)
        epsilon = arguments.get("bn_eps")
        if epsilon is not None:
            if not _is_number(epsilon) or not 0 < epsilon < 1:
                raise self._refuse_argument("bn_eps", epsilon)
            model = dataclasses.replace(model, batch_norm_epsilon=float(epsilon))
        padding = arguments.get("pad_type")
        if padding is not None:
            if not isinstance(padding, str) or padding not in _PADDINGS:
                raise self._refuse_argument("pad_type", padding)
            model = dataclasses.replace(model, padding=_PADDINGS[padding])
        return model

    def _refuse_argument(self, name: str, value: Any) -> errors.InputError:
        return errors.InputError(
            f"'{self._path}' must describe a network as timm makes it, found the "
            f"argument {self._show(name)} with {escaping.show_value(value)}: another "
            "network has another module"
        )

    def _check_pooling(self) -> None:
        pooling = self._document.get("global_pool", "avg")
        if not _is_one_of(pooling, _OWN_VALUES["global_pool"]):
            raise self._refuse_argument("global_pool", pooling)

    def _read_count(self, name: str) -> int | None:
        value = self._find(name)
        if value is None or (type(value) is int and value >= 0):
            return value
        raise self._refuse_field(name, "a number of classes", value)

    def _read_statistics(self) -> str | None:
        mean, deviation = self._config.get("mean"), self._config.get("std")
        if mean is None and deviation is None:
            return None
        for name, value in (("mean", mean), ("std", deviation)):
            is_list = isinstance(value, list) and len(value) == 3
            if not is_list or not all(map(_is_number, value)):
                raise self._refuse_field(name, "three numbers", value)
        try:
            return preprocessings.from_numbers(mean, deviation)
        except errors.InputError as error:
            raise errors.InputError(f"in '{self._path}', {error}") from error

    def _read_size(self) -> tuple[int | None, list[str]]:
        """Returns the height and width of images, and notes about them."""
        value = self._config.get("input_size")
        if value is None:
            return None, []
        is_list = isinstance(value, list) and len(value) == 3
        if not is_list or not all(type(n) is int and n > 0 for n in value):
            raise self._refuse_field("input_size", "channels, height and width", value)
        channels, height, width = value
        if channels != 3:
            raise self._refuse_field("input_size", "of images with 3 channels", value)
        if max(height, width) > config_lib.MAX_IMAGE_SIZE:
            most = f"of at most {config_lib.MAX_IMAGE_SIZE} pixels"
            raise self._refuse_field("input_size", most, value)
        if height == width:
            return height, []
        note = f"left out the image size of {height} x {width}, which is not square"
        return None, [note]

    def _describe_images(self) -> list[str]:
        """Returns a note about how timm prepares images: a module does not."""
        crop, method = self._config.get("crop_pct"), self._config.get("interpolation")
        if not _is_number(crop) or not 0 < crop <= 1 or not isinstance(method, str):
            return []
        return [
            f"timm resizes images for these weights by {self._show(method)} and keeps "
            f"the middle {100 * crop:g} % of each side"
        ]

    def _read_license(self) -> str | None:
        value = self._config.get("license")
        return _LICENSES.get(value.lower()) if isinstance(value, str) else None

    def _refuse_field(self, name: str, expected: str, value: Any) -> errors.InputError:
        return errors.InputError(
            f"'{name}' in '{self._path}' must be {expected}, found "
            f"{escaping.escape_terminal(escaping.show_value(value))}: is the file "
            "damaged?"
        )

    def _refuse(self, found: str) -> errors.InputError:
        return json_files.describe_damage(self._path, _WHAT, found)

    @staticmethod
    def _show(text: str) -> str:
        return f"'{escaping.escape_terminal(escaping.cut(text))}'"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_one_of(value: Any, known: Sequence[Any]) -> bool:
    return any(type(value) is type(each) and value == each for each in known)
