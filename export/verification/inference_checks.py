"""Promises of the graph for inference, checked by running it."""

from __future__ import annotations

import numpy as np

from ...efficientnet import endpoints
from ...signatures import names as signatures_lib
from . import promise

# Neither square nor a multiple of anything in the network.
_ODD_SIZE = (65, 97)
_DEFAULT = signatures_lib.DEFAULT


def _computes(subject):
    images = subject.images()
    for name in subject.image_signatures():
        output = subject.run(name, images)[_DEFAULT]
        promise.expect(
            output.ndim == 2 and len(output) == len(images),
            "'%s' must give [%d, N], found %s",
            name,
            len(images),
            output.shape,
        )
        promise.expect(
            bool(np.isfinite(output).all()), "'%s' gives what is not finite", name
        )


def _sees_the_image(subject):
    one, other = subject.run(_DEFAULT, subject.images())[_DEFAULT]
    promise.expect(
        bool(np.abs(one - other).max() > 0), "two images give the same output"
    )


def _takes_odd_sizes(subject):
    images = subject.images(size=_ODD_SIZE)
    for name in subject.image_signatures():
        subject.run(name, images)


def _is_repeatable(subject):
    images = subject.images()
    first, second = (subject.run(_DEFAULT, images)[_DEFAULT] for _ in range(2))
    promise.expect_close(second, first, "two runs on the same images")


def _ignores_the_batch(subject):
    images = subject.images()
    for name in subject.image_signatures():
        together = subject.run(name, images)[_DEFAULT][:1]
        alone = subject.run(name, images[:1])[_DEFAULT]
        promise.expect_close(
            together, alone, f"an image's '{name}' alone and in a batch"
        )


def _signatures_agree(subject):
    images = subject.images()
    outputs = {name: subject.run(name, images) for name in subject.image_signatures()}
    main = subject.main_signature
    promise.expect_close(
        outputs[_DEFAULT][_DEFAULT],
        outputs[main][_DEFAULT],
        f"'default' and '{main}'",
    )
    for name, endpoint in (
        (signatures_lib.FEATURE_VECTOR, endpoints.POOLED_FEATURES),
        (signatures_lib.CLASSIFICATION, endpoints.LOGITS),
    ):
        for key, value in outputs.get(name, {}).items():
            if key.endswith("/" + endpoint):
                promise.expect_close(
                    outputs[name][_DEFAULT], value, f"'{name}' and '{key}'"
                )


def _ignores_the_momentum(subject):
    images = subject.images()
    for plain, name in zip(
        subject.image_signatures()[1:], subject.hparams_signatures()
    ):
        expected = subject.run(plain, images)[_DEFAULT]
        for momentum in (0.0, 1.0):
            found = subject.run(name, images, momentum)[_DEFAULT]
            promise.expect_close(found, expected, f"'{name}' and '{plain}'")


def _halves_resolutions(subject):
    size = _ODD_SIZE
    outputs = subject.run(_DEFAULT, subject.images(size=size))
    found = sorted(
        key for key in outputs if endpoints.is_reduction(key.rpartition("/")[2])
    )
    if not found:
        raise promise.AbsentError(
            f"there are no endpoints '{endpoints.reduction_name(1)}' ..."
        )
    for level, key in enumerate(found, start=1):
        expected = tuple(-(-length // 2**level) for length in size)
        promise.expect(
            outputs[key].shape[1:3] == expected,
            "'%s' must be %s for images of %s, found %s",
            key,
            expected,
            size,
            outputs[key].shape[1:3],
        )


PROMISES = (
    promise.Promise("computes finite outputs at the expected size", _computes),
    promise.Promise("tells images apart", _sees_the_image),
    promise.Promise("takes odd and non-square images", _takes_odd_sizes),
    promise.Promise("infers the same each time", _is_repeatable),
    promise.Promise(
        "infers an image whatever else is in the batch", _ignores_the_batch
    ),
    promise.Promise("gives one answer by all its signatures", _signatures_agree),
    promise.Promise("takes a momentum without effect in {}", _ignores_the_momentum),
    promise.Promise(
        "halves the resolution from endpoint to endpoint", _halves_resolutions
    ),
)
