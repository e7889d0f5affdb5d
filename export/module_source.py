"""Opens a module as weights: what it says about its network, and its variables."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import Iterator, Mapping, Sequence

from .. import errors, escaping
from ..builder import module_config
from ..efficientnet import config as config_lib
from ..signatures import provenance as provenance_lib
from . import module_configuration
from .saved_model import module_files
from .storage import archive_reader
from .weights import (
    addresses,
    checkpoint,
    locations,
    module_variables,
    moving_averages,
    network_facts,
    source,
)


class ModuleSource:
    """The weights of a module that is open, see `source.Source`."""

    def __init__(
        self,
        module: str,
        facts: network_facts.NetworkFacts,
        start: module_config.ModuleConfig | None,
        variables: source.Source,
        address: addresses.Address | None,
        notes: Sequence[str] = (),
    ):
        """Keeps what was read.

        Args:
          module: the path of the module.
          facts: what it says about its network.
          start: its configuration, None if it does not say it.
          variables: its variables.
          address: where it was downloaded from, None if it was not.
          notes: what to report about how it was read.
        """
        self.facts = facts
        self._module = module
        self._start = start
        self._variables = variables
        self._address = address
        self._notes = notes

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `source.Source`."""
        weights = self._variables.read(network, expected, new_classifier)
        origin, shown = f"module {_name(self._module)}", self._module
        if self._address is not None:
            # The path is that of a copy, which the user does not know.
            shown = self._address.shown
            origin += f" from {shown}"
        weights = dataclasses.replace(
            weights,
            provenance=provenance_lib.Provenance(origin),
            files=source.hash_files(locations.files_of(self._module)),
            notes=[
                f"read {len(weights.values)} variables of module '{shown}'",
                *self._notes,
            ],
        )
        if self._start is None:
            return weights
        measurement = self._start.measurement
        # A program that trained the module may have copied what it says.
        if measurement is not None and measurement.weights == source.hash_values(
            weights.values
        ):
            weights = dataclasses.replace(weights, measurement=measurement)
        return weights.descend_from(
            self._start.provenance, "which says that its weights are"
        )


def _name(module: str) -> str:
    return os.path.basename(os.path.abspath(module))


@contextlib.contextmanager
def open_source(
    module: str,
    network: config_lib.NetworkConfig,
    address: addresses.Address | None = None,
) -> Iterator[ModuleSource]:
    """Opens a module.

    Args:
      module: directory or .tar.gz of a module in the TF1 Hub format, of any publisher,
        or of a SavedModel that this package wrote.
      network: the network that the weights are for.
      address: where it was downloaded from, None if it was not.

    Yields:
      The weights. An archive is unpacked for as long as they are open.

    Raises:
      errors.InputError: if the module is damaged, or of another network.
    """
    with archive_reader.unpack(module) as directory:
        is_saved_model = locations.is_saved_model_directory(directory)
        opening = _open_saved_model if is_saved_model else _open_hub_module
        with opening(directory, module, network, address) as opened:
            yield opened


@contextlib.contextmanager
def _open_hub_module(
    directory: str,
    module: str,
    network: config_lib.NetworkConfig,
    address: addresses.Address | None,
) -> Iterator[ModuleSource]:
    """Opens a module in the TF1 Hub format, see `open_source`."""
    facts, start = _read_facts(directory, module, network)
    module_variables.check_in(directory, module)
    prefix = os.path.join(directory, module_files.VARIABLES_PREFIX)
    # A module computes with its raw values.
    with checkpoint.open_source(prefix, network, moving_averages.NEVER) as variables:
        if facts.num_classes is None:
            facts = dataclasses.replace(facts, num_classes=variables.facts.num_classes)
        yield ModuleSource(module, facts, start, variables, address)


@contextlib.contextmanager
def _open_saved_model(
    directory: str,
    module: str,
    network: config_lib.NetworkConfig,
    address: addresses.Address | None,
) -> Iterator[ModuleSource]:
    """Opens a SavedModel of TensorFlow 2, see `open_source`."""
    # Which network it is, before the variables are searched for another one.
    facts = module_configuration.require_facts(
        module_configuration.read_saved_model_claims(directory, module, None), module
    )
    _check_model(facts["model"], network, module)
    prefix = os.path.join(directory, module_files.VARIABLES_PREFIX)
    with checkpoint.open_variables(prefix, network) as (variables, others):
        claims = module_configuration.read_saved_model_claims(
            directory, module, variables.facts.num_classes
        )
        config = module_configuration.from_claims(claims, module)
        notes = source.list_in_note(
            "left out, as no part of the network", list(map(escaping.cut, others))
        )
        yield ModuleSource(module, _facts_of(config), config, variables, address, notes)


def _read_facts(
    directory: str, module: str, network: config_lib.NetworkConfig
) -> tuple[network_facts.NetworkFacts, module_config.ModuleConfig | None]:
    """Returns what a module says about its network, and its configuration."""
    claims = module_configuration.read_claims(directory, module)
    if not module_configuration.is_complete(claims):
        # Another publisher's module says its image size, and perhaps its classes.
        height, width = claims.image_size or (None, None)
        size = height if height == width else None
        return (
            network_facts.NetworkFacts(image_size=size, class_names=claims.class_names),
            None,
        )
    config = module_configuration.from_claims(claims, module)
    _check_model(config.network.name, network, module)
    return _facts_of(config), config


def _check_model(found: str, network: config_lib.NetworkConfig, module: str) -> None:
    if found != network.name:
        shown = escaping.escape_terminal(escaping.cut(found))
        raise errors.InputError(
            f"module '{module}' must be of {network.name}, found one of {shown}: "
            f"is --model={shown} meant?"
        )


def _facts_of(config: module_config.ModuleConfig) -> network_facts.NetworkFacts:
    found = config.network
    return network_facts.NetworkFacts(
        num_classes=found.num_classes,
        preprocessing=found.preprocessing,
        padding=found.padding,
        batch_norm_epsilon=found.batch_norm_epsilon,
        image_size=found.image_size,
        class_names=config.class_names,
    )
