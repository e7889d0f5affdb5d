"""Weights of a PyTorch program: what they say about their network, and their values.

A source is a file of `torch.save`, a `.safetensors` file, or a folder as the Hugging
Face hub has it.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import Any, Mapping, Sequence

import numpy as np

from ... import errors, escaping
from ...efficientnet import config as config_lib
from ...signatures import provenance
from . import (
    hugging_face,
    mapping,
    network_facts,
    pytorch_files,
    saved_tensors,
    sharded_files,
    size_bounds,
    source,
    source_models,
    state_dicts,
)
from .containers import contents, pytorch_pickle, safetensors_file
from .naming import libraries, pytorch_layout, state_dict


@dataclasses.dataclass(frozen=True)
class _Arrays:
    """The state dict of a file, and what else the file has.

    Attributes:
      arrays: its arrays by key.
      stored: what the file says about each of them, and about others by the side of
        them that are no weights.
      path: what their names in the file begin with, such as 'state_dict.'.
      others: the other arrays of the file.
      notes: what to report.
      architecture: the library's name of the network, None if the file has none.
    """

    arrays: Mapping[str, np.ndarray]
    stored: Mapping[str, contents.Stored]
    path: str = ""
    others: Sequence[mapping.LeftBehind] = ()
    notes: Sequence[str] = ()
    architecture: str | None = None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each array by key."""
        return {key: self.stored[key].shape for key in self.arrays}

    def find(self, key: str, variable: str) -> mapping.Found:
        """Returns the array that is the value of a variable."""
        stored = self.stored[key]
        return mapping.Found(
            self.path + key,
            stored,
            functools.partial(self.arrays.__getitem__, key),
            pytorch_layout.find_axes(variable, len(stored.shape)),
        )

    def describe(
        self, found: Mapping[str, mapping.Found], names: state_dict.StateDict
    ) -> mapping.WeightsMapping:
        """Returns what became of each array."""
        described = mapping.describe(
            found,
            {self.path + key: each for key, each in self.stored.items()},
            lambda name: names.explain(name[len(self.path) :]),
        )
        left = [*described.left_behind, *self.others]
        return dataclasses.replace(described, left_behind=left)


class PyTorchSource:
    """The weights at a path, see `source.Source` and `open_source`.

    Attributes:
      facts: what they say about their network.
    """

    def __init__(
        self,
        path: str,
        loaded: _Arrays,
        hub: hugging_face.HubFolder | None,
        names: state_dict.StateDict,
        model: source_models.SourceModel,
        has_known_size: bool,
    ) -> None:
        self._path = path
        self._loaded: _Arrays | None = loaded
        self._hub = hub
        self._names = names
        self._model = model
        self._has_known_size = has_known_size
        self.facts = self._collect_facts(loaded)

    def _collect_facts(self, loaded: _Arrays) -> network_facts.NetworkFacts:
        model = self._model
        facts = network_facts.NetworkFacts(
            preprocessing=model.preprocessing,
            padding=model.padding,
            batch_norm_epsilon=model.batch_norm_epsilon,
        )
        if self._hub is not None:
            facts = self._hub.facts
        counted = self._names.count_classes(loaded.shapes)
        if counted is None:
            return facts
        names = facts.class_names
        described = facts.num_classes or (None if names is None else len(names))
        if described not in (None, counted):
            raise errors.InputError(
                f"{self._names.place} must have a classifier of {described} classes by "
                f"its {hugging_face.CONFIG}, found {counted}: is one of the files of "
                "another model?"
            )
        return dataclasses.replace(facts, num_classes=counted)

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `source.Source`."""
        self._check_network(network)
        assert self._loaded is not None  # A source is read once.
        names, loaded = self._names, self._loaded
        found = {
            variable: loaded.find(key, variable)
            for variable, key in names.find_variables(
                loaded.shapes, network, new_classifier
            ).items()
        }
        if not new_classifier and not names.has_classifier(loaded.arrays):
            self._check_classifier(network)
        self._loaded = None
        return source.Weights(
            values=source.read_values(found, expected, network.name, names.place),
            mapping=loaded.describe(
                {name: found[name] for name in expected if name in found}, names
            ),
            provenance=self._describe_origin(),
            trained=True,
            files=source.hash_files(pytorch_files.files_of(self._path)),
            notes=[
                f"read {len(found)} variables from {names.place}, as {self._model.text}"
                + (f", below '{_show(names.prefix)}'" if names.prefix else ""),
                *loaded.notes,
                *source.list_in_note(
                    "left out, as no part of the network",
                    [*map(_show, names.list_others(loaded.arrays))],
                ),
                *([] if self._hub is None else self._hub.notes),
                *self._describe_size(network),
            ],
        )

    def _describe_size(self, network: config_lib.NetworkConfig) -> list[str]:
        """Returns a note about an image size that nobody chose."""
        variant = config_lib.VARIANTS.get(network.name)
        is_chosen = variant is None or network.image_size != variant.image_size
        is_known = self._has_known_size or self.facts.image_size is not None
        if is_chosen or is_known:
            return []
        return [
            f"the module expects images of {network.image_size} px, as {network.name}: "
            f"the files do not say the size; give --image_size if the network was "
            "trained at another one"
        ]

    def _check_network(self, network: config_lib.NetworkConfig) -> None:
        """Checks what the shapes of arrays do not: that the network computes the same.

        Raises:
          errors.InputError: if it does not.
        """
        for name in ("padding", "batch_norm_epsilon"):
            expected, found = getattr(self.facts, name), getattr(network, name)
            if found != expected:
                raise errors.InputError(
                    f"{name} of {network.name} must be {expected!r} for the weights of "
                    f"{self._model.text} in {self._names.place}, found {found!r}: is "
                    "it of another library?"
                )

    def _check_classifier(self, network: config_lib.NetworkConfig) -> None:
        if network.num_classes is not None:
            raise errors.InputError(
                f"{self._names.place} must hold the classifier of {network.name}, "
                "found none: give --new_classifier and --num_classes for a classifier "
                "with initial values"
            )

    def _describe_origin(self) -> provenance.Provenance:
        name = os.path.basename(os.path.abspath(self._path))
        if self._hub is None:
            kind = "safetensors" if pytorch_files.is_safetensors(name) else "PyTorch"
            return provenance.Provenance(f"{kind} file {name}")
        return provenance.Provenance(
            f"{self._model.text} in folder {name}", license=self._hub.license
        )


def open_source(
    path: str,
    network: config_lib.NetworkConfig,
    source_model: str | None,
    moving_averages: str,
    has_known_size: bool = False,
) -> PyTorchSource:
    """Opens weights of PyTorch, see `pytorch_files.is_pytorch`.

    Args:
      path: a file or a folder.
      network: the network that they are for. Its number of classes, its padding and
        its epsilon do not count.
      source_model: the value of `--source_model`, None if it is not given.
      moving_averages: 'auto' takes the moving averages where a program saved them,
        'never' the raw values.
      has_known_size: whether the size of the variant's images is known to be that of
        the weights, so that no note says it.

    Raises:
      errors.InputError: if the files cannot be read, are damaged, unsafe, not of a
        known library, not of the variant, or do not say which model they are of.
      errors.DependencyError: if reading them needs a package that is missing.
    """
    given = None if source_model is None else source_models.parse(source_model)
    hub = hugging_face.read_folder(path) if os.path.isdir(path) else None
    file = path if hub is None else hub.weights
    place = pytorch_files.describe(file)
    max_bytes = size_bounds.bound_bytes(network)
    loaded = _read_file(file, max_bytes, moving_averages, place)
    naming, prefix = libraries.recognize(loaded.arrays, place)
    if hub is not None:
        found: source_models.SourceModel | None = hub.model
    else:
        found = source_models.find_architecture(naming, loaded.architecture)
    source_models.check_agreement(given, found, place)
    # The normalization may be that of a tag, which only the given name has.
    model = source_models.resolve(naming, network.name, given or found, place)
    names = state_dict.StateDict(naming, prefix, place)
    return PyTorchSource(path, loaded, hub, names, model, has_known_size)


def _read_file(path: str, max_bytes: int, moving_averages: str, place: str) -> _Arrays:
    if sharded_files.is_index(path):
        found = sharded_files.read(path, max_bytes)
        return _choose_part(found, moving_averages, place)
    if pytorch_files.is_safetensors(path):
        found = safetensors_file.read(path, max_bytes)
        return _choose_part(found, moving_averages, place)
    opened = pytorch_pickle.open_file(path, max_bytes)
    choice = state_dicts.choose(opened.saved, moving_averages, place)
    arrays = opened.read_arrays(choice.tensors)
    notes = [] if choice.note is None else [choice.note]
    unread = [*map(_show, opened.unread)]
    notes += source.list_in_note("not read, as no data of a network", unread)
    # Where averages are beside the values, the state dict is a part of another one.
    taken = {(*choice.path, name) for name in choice.tensors}
    others = [
        mapping.LeftBehind(
            _join(keys), tensor.stored, state_dicts.explain(keys, choice)
        )
        for keys, tensor in saved_tensors.walk(opened.saved, choice.tensors)
        if tuple(keys) not in taken
    ]
    return _Arrays(
        arrays,
        {key: tensor.stored for key, tensor in choice.tensors.items()},
        _join((*choice.path, "")),
        others,
        notes,
        choice.architecture,
    )


def _choose_part(found: contents.Contents, moving_averages: str, place: str) -> _Arrays:
    """Returns the state dict of a file whose tensors all have names."""
    part = state_dicts.choose_part(dict(found.stored), moving_averages, place)
    return _Arrays(
        contents.LazyArrays(part.tensors, found.arrays.__getitem__),
        {**part.tensors, **found.left_out},
        others=[
            mapping.LeftBehind(name, stored, state_dicts.explain([name], part))
            for name, stored in found.stored.items()
            if name not in part.tensors
        ],
        notes=[] if part.note is None else [part.note],
    )


def _join(keys: Sequence[Any]) -> str:
    """Returns what reports call an array, such as 'state_dict.conv_stem.weight'."""
    return ".".join(
        key if isinstance(key, str) else escaping.show_value(key) for key in keys
    )


def _show(name: str) -> str:
    return escaping.escape_terminal(escaping.cut(name))
