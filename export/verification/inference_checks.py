"""Promises of the graph for inference, checked by running it."""

from __future__ import annotations

import numpy as np

from ...efficientnet import endpoints
from ...signatures import names as signatures_lib
from . import promise
from . import subject as subject_lib

_DEFAULT = signatures_lib.DEFAULT


def _computes(subject: subject_lib.Subject) -> None:
    for name, output in subject.defaults(subject.expected_size).items():
        promise.expect(
            output.ndim == 2 and len(output) == 2,
            f"'{name}' must return [2, N] for two images, found {output.shape}",
        )
        promise.expect(
            bool(np.isfinite(output).all()), f"the output of '{name}' must be finite"
        )


def _sees_the_image(subject: subject_lib.Subject) -> None:
    one, other = subject.defaults(subject.expected_size)[_DEFAULT]
    promise.expect(
        bool(np.abs(one - other).max() > 0), "two images have the same output"
    )


def _takes_odd_sizes(subject: subject_lib.Subject) -> None:
    subject.outputs(subject_lib.ODD_SIZE)


def _is_repeatable(subject: subject_lib.Subject) -> None:
    size = subject.expected_size
    first = subject.defaults(size)[_DEFAULT]
    second = subject.defaults(size, run=2)[_DEFAULT]
    promise.expect_close(second, first, "two runs on the same images")


def _ignores_the_batch(subject: subject_lib.Subject) -> None:
    size = subject.expected_size
    together = subject.defaults(size)
    alone = subject.run_defaults(subject_lib.images(size)[:1])
    for name in together:
        promise.expect_close(
            together[name][:1], alone[name], f"an image's '{name}' alone and in a batch"
        )


def _signatures_agree(subject: subject_lib.Subject) -> None:
    # Signatures may share tensors, which differ only between runs.
    size = subject.expected_size
    main = subject.main_signature
    promise.expect_close(
        subject.defaults(size)[_DEFAULT],
        subject.defaults(size, run=2)[main],
        f"'default' and '{main}'",
    )
    size = subject.small_size
    outputs = subject.outputs(size)
    others = subject.run(outputs, subject_lib.images(size))
    for name, endpoint in (
        (signatures_lib.FEATURE_VECTOR, endpoints.POOLED_FEATURES),
        (signatures_lib.CLASSIFICATION, endpoints.LOGITS),
    ):
        for key, value in others.get(name, {}).items():
            if key.endswith("/" + endpoint):
                promise.expect_close(
                    outputs[name][_DEFAULT], value, f"'{name}' and '{key}'"
                )


def _ignores_the_momentum(subject: subject_lib.Subject) -> None:
    size = subject.small_size
    expected = subject.outputs(size)
    names = subject.hparams_signatures()
    for momentum in (0.0, 1.0):
        found = subject.run(names, subject_lib.images(size), momentum)
        for name, plain in zip(names, subject.image_signatures()[1:]):
            promise.expect_close(
                found[name][_DEFAULT],
                expected[plain][_DEFAULT],
                f"'{name}' and '{plain}'",
            )


def _halves_resolutions(subject: subject_lib.Subject) -> None:
    size = subject_lib.ODD_SIZE
    outputs = subject.outputs(size)[_DEFAULT]
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
            f"'{key}' must be {expected} for images of {size}, found "
            f"{outputs[key].shape[1:3]}",
        )


PROMISES = (
    promise.Promise("computes finite outputs at the expected size", _computes),
    promise.Promise("distinguishes images", _sees_the_image),
    promise.Promise("takes odd and non-square images", _takes_odd_sizes),
    promise.Promise("has the same outputs each time", _is_repeatable),
    promise.Promise(
        "has the same outputs for an image in each batch", _ignores_the_batch
    ),
    promise.Promise("has the same outputs in all signatures", _signatures_agree),
    promise.Promise("ignores the momentum in {}", _ignores_the_momentum),
    promise.Promise(
        "halves the resolution from endpoint to endpoint", _halves_resolutions
    ),
)
