"""Promises of the graph for fine-tuning, checked by training with it.

Stochastic depth makes everything after the first residual random. So exact statements
are made only about the first batch normalization, whose batch statistics depend on
the images alone.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np

from ...builder import module_config, regularization
from ...efficientnet import endpoints, network
from ...signatures import names as signatures_lib
from ...signatures import tag_sets
from . import promise
from . import subject as subject_lib
from . import trainer as trainer_lib

# What the publisher's networks have.
_MOMENTUM = 0.99
# Two outputs that differ less, relative to their size, differ by rounding.
_SAME = 1e-6
_SAME_LOGITS = 1e-4  # A dot product of more than a thousand float32.
# The probability that all runs skip the same blocks is less than one in a million.
_RANDOM_RUNS = 16


def _gradients_reach_all(subject: subject_lib.Subject) -> None:
    trainer = subject.trainer()
    expected = sum(subject.variables(tag_sets.TRAIN).values())
    promise.expect(
        len(trainer.trainable) == expected > 0,
        f"hub.Module must make {expected} variables trainable, at least one, found "
        f"{len(trainer.trainable)}",
    )
    gradients = trainer.train().gradients
    for name in trainer.trainable:
        promise.expect(name in gradients, f"'{name}' must have a gradient, found none")
        promise.expect(gradients[name], f"the gradient of '{name}' must be finite")


def _fine_tunes(subject: subject_lib.Subject) -> None:
    trainer = subject.trainer()
    before, after = trainer.initial, trainer.train().variables
    for name in trainer.trainable:
        promise.expect(
            bool(np.isfinite(after[name]).all()),
            f"'{name}' must be finite after training",
        )
    for name in subject.trainable_kernels():
        promise.expect(
            bool((before[name] != after[name]).any()),
            f"training must change every kernel, found '{name}' unchanged",
        )


def _normalizes_by_the_batch(subject: subject_lib.Subject) -> None:
    trainer = subject.trainer()
    images = trainer.images.copy()
    images[1:] = 1.0 - images[1:]
    together, among_others = (
        _find_endpoint(outputs[signatures_lib.DEFAULT], endpoints.STEM)
        for outputs in (trainer.run(), trainer.run(images))
    )
    promise.expect(
        bool(np.abs(together[0] - among_others[0]).max() > _SAME),
        "an image's output must depend on the others in the batch",
    )


def _find_endpoint(outputs: trainer_lib.Values, name: str) -> np.ndarray:
    """Returns the output for an endpoint of any network."""
    for key, output in outputs.items():
        if key.endswith("/" + name):
            return output
    raise promise.AbsentError(f"there is no endpoint '{name}'")


def _updates_at_its_momentum(subject: subject_lib.Subject) -> None:
    trainer = subject.trainer()
    before = _read_averages(trainer, signatures_lib.DEFAULT)
    after = trainer.train().averages
    _expect_all_updated(before, after)
    hparams = subject.hparams_signatures()[0]
    subject.signature(hparams, tag_sets.TRAIN)
    statistics = trainer.update_averages(hparams, 0.0)
    momentum = _read_choices(subject).get("batch_norm_momentum", _MOMENTUM)
    _expect_momentum(before, after, statistics, momentum)


def _read_choices(subject: subject_lib.Subject) -> Mapping[str, float]:
    """Returns what the module says of its training, by the field of NetworkConfig."""
    facts = subject.read_facts() or {}
    return {
        field: module_config.read_number(name, facts[name])
        for name, field in module_config.NUMBERS.items()
        if name in facts
    }


def _updates_at_the_momentum(subject: subject_lib.Subject) -> None:
    trainer = subject.trainer()
    for signature in subject.hparams_signatures():
        subject.signature(signature, tag_sets.TRAIN)
        before = _read_averages(trainer, signature)
        statistics = trainer.update_averages(signature, 0.0)
        _expect_all_updated(before, statistics)
        after = trainer.update_averages(signature, 0.5)
        _expect_momentum(before, after, statistics, 0.5)
        for name, value in trainer.update_averages(signature, 1.0).items():
            promise.expect(
                np.array_equal(value, before[name]),
                f"at momentum 1 nothing may change, found '{name}' changed",
            )


def _read_averages(
    trainer: trainer_lib.Trainer, signature: str
) -> dict[str, np.ndarray]:
    """Returns the module's moving averages, if the signature updates all of them."""
    averages = {n: v for n, v in trainer.initial.items() if "/moving_" in n}
    if not averages:
        raise promise.AbsentError("no variable is named '/moving_...'")
    count = trainer.count_updates(signature)
    promise.expect(
        count == len(averages),
        f"there must be an update op for each of {len(averages)} moving averages, "
        f"found {count}",
    )
    return averages


def _expect_all_updated(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> None:
    unchanged = [name for name in before if np.array_equal(before[name], after[name])]
    promise.expect(
        not unchanged,
        "the update ops must change every moving average, found unchanged: "
        f"{unchanged[:1]} and {len(unchanged) - 1} more",
    )


def _expect_momentum(
    before: Mapping[str, np.ndarray],
    after: Mapping[str, np.ndarray],
    statistics: Mapping[str, np.ndarray],
    momentum: float,
) -> None:
    """Expects after = momentum before + (1 - momentum) statistics, at the stem."""
    names = [name for name in before if "/stem/" in name]
    if not names:
        raise promise.AbsentError("no moving average is named '/stem/...'")
    for name in names:
        expected = momentum * before[name] + (1 - momentum) * statistics[name]
        promise.expect_close(
            after[name] - before[name],
            expected - before[name],
            f"the update of '{name}' and that at momentum {momentum:g}",
            tolerance=1e-2,  # Of a small difference of large numbers, in float32.
        )


def _drops_features(subject: subject_lib.Subject) -> None:
    subject.require_classifier()
    if _read_choices(subject).get("dropout_rate") == 0:
        raise promise.NotApplicableError("the module says that its dropout rate is 0")
    trainer = subject.trainer()
    outputs = trainer.run()[signatures_lib.CLASSIFICATION]
    features = _find_endpoint(outputs, endpoints.POOLED_FEATURES)
    undropped = _classify(features, trainer.initial)
    found = outputs[signatures_lib.DEFAULT]
    promise.expect(
        bool(np.abs(found - undropped).max() > _SAME_LOGITS * np.abs(undropped).max()),
        "the classifier must see features after dropout",
    )


def _classify(features: np.ndarray, variables: trainer_lib.Values) -> np.ndarray:
    """Applies the classifier's variables to features, without dropout."""
    kernel, bias = (
        next((v for n, v in variables.items() if n.endswith(suffix)), None)
        for suffix in network.CLASSIFIER_VARIABLES
    )
    if kernel is None or bias is None:
        raise promise.AbsentError("the classifier's variables have other names")
    return features.astype(np.float64) @ kernel + bias


def _keeps_features_whole(subject: subject_lib.Subject) -> None:
    outputs = subject.trainer().run()[signatures_lib.FEATURE_VECTOR]
    features = _find_endpoint(outputs, endpoints.POOLED_FEATURES)
    promise.expect_close(
        outputs[signatures_lib.DEFAULT], features, "'default' and 'pooled_features'"
    )


def _is_random_in_depth(subject: subject_lib.Subject) -> None:
    if _read_choices(subject).get("survival_probability") == 1:
        raise promise.NotApplicableError(
            "the module says that its survival probability is 1"
        )
    trainer = subject.trainer()
    runs = (
        trainer.run()[signatures_lib.FEATURE_VECTOR][signatures_lib.DEFAULT]
        for _ in range(_RANDOM_RUNS)
    )
    first = next(runs)
    promise.expect(
        any(np.abs(run - first).max() > _SAME for run in runs),
        "runs on the same images must differ by stochastic depth",
    )


def _regularizes_by_half_squares(subject: subject_lib.Subject) -> None:
    trainer = subject.trainer()
    subject.trainable_kernels()
    losses = trainer.losses
    expected = [
        regularization.WEIGHT_DECAY
        * np.sum(np.square(trainer.initial[name].astype(np.float64)))
        / 2
        for name in trainer.trainable
        if regularization.is_kernel(name)
    ]
    promise.expect(
        len(losses) == len(expected)
        and np.allclose(sorted(losses), sorted(expected), rtol=1e-3, atol=1e-9),
        f"the losses must be {regularization.WEIGHT_DECAY:g} * l2_loss of the kernels, "
        f"{sum(expected):g} in all, found {sum(losses):g}",
    )


PROMISES = (
    promise.Promise("has a gradient for each trainable variable", _gradients_reach_all),
    promise.Promise("fine-tunes: training changes every kernel", _fine_tunes),
    promise.Promise("normalizes by the batch in training", _normalizes_by_the_batch),
    promise.Promise(
        "updates every moving average, at the network's momentum",
        _updates_at_its_momentum,
    ),
    promise.Promise(
        "updates averages with the given momentum", _updates_at_the_momentum
    ),
    promise.Promise("drops features before the classifier", _drops_features),
    promise.Promise("gives features without dropout", _keeps_features_whole),
    promise.Promise("skips blocks at random in training", _is_random_in_depth),
    promise.Promise(
        "regularizes by 1e-5 l2_loss of each kernel", _regularizes_by_half_squares
    ),
)
