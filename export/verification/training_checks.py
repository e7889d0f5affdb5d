"""Promises of the graph for fine-tuning, checked by training with it.

Stochastic depth makes what lies behind the first residual random, so that exact
statements are made of the first batch normalization alone: its batch statistics
depend on the images only.
"""

from __future__ import annotations

import numpy as np

from ...builder import regularization
from ...efficientnet import endpoints
from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from . import promise

_PLAIN_MOMENTUM = 0.99
# Below it two outputs are the same but for rounding.
_SAME = 1e-6
# A step may skip a block for every image of the batch, and two runs may by chance
# skip the same ones: so many neither step nor run does in a million verifications.
_STEPS = 4
_RANDOM_RUNS = 16


def _gradients_reach_all(subject):
    trainer = subject.trainer()
    trainable = trainer.trainable()
    expected = sum(subject.variables(tag_sets.TRAIN).values())
    promise.expect(
        len(trainable) == expected,
        "hub.Module must make %d variables trainable, found %d",
        expected,
        len(trainable),
    )
    gradients, _ = trainer.training()
    for variable, gradient in zip(trainable, gradients):
        promise.expect(gradient is not None, "'%s' has no gradient", variable.name)
    for variable, value in zip(trainable, trainer.run(gradients)):
        promise.expect(
            bool(np.isfinite(value).all()),
            "the gradient of '%s' is not finite",
            variable.name,
        )


def _fine_tunes(subject):
    trainer = subject.trainer()
    trainable = trainer.trainable()
    _, train_op = trainer.training()
    before = trainer.run(trainable)
    for _ in range(_STEPS):
        trainer.run(train_op)
    after = trainer.run(trainable)
    for variable, old, new in zip(trainable, before, after):
        promise.expect(
            bool(np.isfinite(new).all()),
            "training leaves '%s' not finite",
            variable.op.name,
        )
        promise.expect(
            not regularization.is_kernel(variable.op.name) or bool((old != new).any()),
            "training must change every kernel, but did not '%s'",
            variable.op.name,
        )


def _normalizes_by_the_batch(subject):
    trainer = subject.trainer()
    stem = trainer.apply(signatures_lib.DEFAULT).endpoint(endpoints.STEM)
    images = trainer.images.copy()
    images[1:] = 1.0 - images[1:]
    together, among_others = trainer.run(stem), trainer.run(stem, images)
    promise.expect(
        bool(np.abs(together[0] - among_others[0]).max() > _SAME),
        "an image's output must depend on the others in the batch",
    )


def _updates_at_099(subject):
    before, after = _averages_of_a_run(subject, signatures_lib.DEFAULT)
    _expect_all_updated(before, after)
    hparams = subject.hparams_signatures()[0]
    subject.signature(hparams, tag_sets.TRAIN)
    _, statistics = _averages_of_a_run(subject, hparams, 0.0)
    _expect_momentum(before, after, statistics, _PLAIN_MOMENTUM)


def _updates_at_the_momentum(subject):
    for signature in subject.hparams_signatures():
        subject.signature(signature, tag_sets.TRAIN)
        before, statistics = _averages_of_a_run(subject, signature, 0.0)
        _expect_all_updated(before, statistics)
        _, after = _averages_of_a_run(subject, signature, 0.5)
        _expect_momentum(before, after, statistics, 0.5)
        _, after = _averages_of_a_run(subject, signature, 1.0)
        for name, value in after.items():
            promise.expect(
                np.array_equal(value, before[name]),
                "at momentum 1 nothing may change, but '%s' did",
                name,
            )


def _averages_of_a_run(subject, signature: str, momentum: float = _PLAIN_MOMENTUM):
    """The moving averages before and after one run of the update ops."""
    trainer = subject.trainer()
    averages = {n: v for n, v in trainer.variables.items() if "/moving_" in n}
    updates = trainer.apply(signature).updates
    promise.expect(
        len(updates) == len(averages),
        "there must be an update op for each of %d moving averages, found %d",
        len(averages),
        len(updates),
    )
    before = trainer.run(averages)
    trainer.run(updates, momentum=momentum)
    return before, trainer.run(averages)


def _expect_all_updated(before, after) -> None:
    unchanged = [name for name in before if np.array_equal(before[name], after[name])]
    promise.expect(
        not unchanged,
        "the update ops must change every moving average, but not %d of them: '%s' ...",
        len(unchanged),
        unchanged and unchanged[0],
    )


def _expect_momentum(before, after, statistics, momentum: float) -> None:
    """Expects after = momentum before + (1 - momentum) statistics, at the stem."""
    for name in [name for name in before if "/stem/" in name]:
        expected = momentum * before[name] + (1 - momentum) * statistics[name]
        promise.expect_close(
            after[name] - before[name],
            expected - before[name],
            f"the update of '{name}' and that at momentum {momentum:g}",
            tolerance=1e-2,  # Of a small difference of large numbers, in float32.
        )


def _drops_features(subject):
    if not subject.is_classifier:
        return
    trainer = subject.trainer()
    application = trainer.apply(signatures_lib.CLASSIFICATION)
    without = trainer.classify(application.endpoint(endpoints.POOLED_FEATURES))
    found, undropped = trainer.run([application.default, without])
    promise.expect(
        bool(np.abs(found - undropped).max() > _SAME * np.abs(undropped).max()),
        "the classifier must see features after dropout",
    )


def _keeps_features_whole(subject):
    trainer = subject.trainer()
    application = trainer.apply(signatures_lib.FEATURE_VECTOR)
    features = application.endpoint(endpoints.POOLED_FEATURES)
    found, expected = trainer.run([application.default, features])
    promise.expect_close(found, expected, "'default' and 'pooled_features'")


def _is_random_in_depth(subject):
    trainer = subject.trainer()
    features = trainer.apply(signatures_lib.FEATURE_VECTOR).default
    runs = [trainer.run(features) for _ in range(_RANDOM_RUNS)]
    promise.expect(
        any(np.abs(run - runs[0]).max() > _SAME for run in runs),
        "runs on the same images must differ by stochastic depth",
    )


def _regularizes_by_half_squares(subject):
    trainer = subject.trainer()
    losses = trainer.run(trainer.regularization_losses())
    kernels = trainer.run(
        [v for v in trainer.trainable() if regularization.is_kernel(v.op.name)]
    )
    expected = [
        regularization.WEIGHT_DECAY * np.sum(np.square(kernel.astype(np.float64))) / 2
        for kernel in kernels
    ]
    promise.expect(
        len(losses) == len(expected)
        and np.allclose(sorted(losses), sorted(expected), rtol=1e-3, atol=1e-9),
        "the losses must be %g * l2_loss of the kernels: %g in all, found %g",
        regularization.WEIGHT_DECAY,
        sum(expected),
        sum(losses),
    )


PROMISES = (
    promise.Promise("has a gradient for each trainable variable", _gradients_reach_all),
    promise.Promise("fine-tunes: training changes every kernel", _fine_tunes),
    promise.Promise("normalizes by the batch in training", _normalizes_by_the_batch),
    promise.Promise("updates every moving average, at 0.99", _updates_at_099),
    promise.Promise("updates them at the momentum it is fed", _updates_at_the_momentum),
    promise.Promise("drops features before the classifier", _drops_features),
    promise.Promise("gives features without dropout", _keeps_features_whole),
    promise.Promise("skips blocks at random in training", _is_random_in_depth),
    promise.Promise(
        "regularizes by 1e-5 l2_loss of each kernel", _regularizes_by_half_squares
    ),
)
