"""Opens what a value of `--weights` stands for: a module, or other weights."""

from __future__ import annotations

import contextlib
from typing import Iterator, Mapping

from ..efficientnet import config as config_lib
from . import module_configuration, module_source
from .storage import archive_reader
from .weights import (
    addresses,
    downloads,
    loading,
    locations,
    pretrained,
    source,
    source_models,
)
from .weights import moving_averages as moving_averages_lib


@contextlib.contextmanager
def open_weights(
    weights: str,
    network: config_lib.NetworkConfig,
    moving_averages: str = moving_averages_lib.AUTO,
    source_model: str | None = None,
) -> Iterator[source.Source]:
    """Opens the weights of a network: those of a module, or others.

    Args:
      weights: a name, an address or a path, see `exporter.export_module`.
      network: the network, see `loading.open_source`.
      moving_averages: see `loading.open_source`.
      source_model: see `loading.open_source`.

    Yields:
      The weights.

    Raises:
      errors.InputError: see `loading.open_source`.
    """
    if not archive_reader.is_address(weights):
        with _open_path(
            weights, None, network, moving_averages, source_model
        ) as opened:
            yield opened
        return
    address = downloads.locate(weights)
    with pretrained.fetching(address) as path, _open_path(
        path, address, network, moving_averages, source_model
    ) as opened:
        yield opened


@contextlib.contextmanager
def _open_path(
    weights: str,
    address: addresses.Address | None,
    network: config_lib.NetworkConfig,
    moving_averages: str,
    source_model: str | None,
) -> Iterator[source.Source]:
    """Opens weights that are on this machine.

    Args:
      address: where they were downloaded from, None if they were not.
    """
    if locations.is_module(weights):
        source_models.check_needless(source_model, weights)
        with module_source.open_source(weights, network, address) as module:
            yield module
        return
    with loading.open_source(weights, network, moving_averages, source_model) as opened:
        yield (
            opened if address is None else pretrained.DownloadedSource(opened, address)
        )


def read_module_facts(weights: str) -> Mapping[str, str] | None:
    """Returns what a module says of its network, None if the weights are no module.

    Args:
      weights: a name, an address or a path, see `open_weights`.

    Raises:
      errors.InputError: if it is a module that does not say it, or is damaged.
    """
    if not archive_reader.is_address(weights):
        return module_configuration.read_facts(weights)
    address = downloads.locate(weights)
    if not address.file_name.endswith(archive_reader.ENDINGS):
        return None  # No other file is a module.
    with pretrained.fetching(address) as path:
        return module_configuration.read_facts(path)
