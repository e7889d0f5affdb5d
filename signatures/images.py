"""The inputs and outputs of the common image signatures."""

from __future__ import annotations

import dataclasses

import tensorflow.compat.v1 as tf

from . import names

# TensorFlow Serving checks the method name. hub ignores it.
_PREDICT = "tensorflow/serving/predict"


@dataclasses.dataclass(frozen=True)
class Signature:
    """A signature: its name, and its inputs and outputs by their names.

    Attributes:
      name: the signature's name.
      inputs: the tensors to feed.
      outputs: the tensors that it computes. `module(images)` returns the one named
        'default'.
      method_name: the SignatureDef's method name, for TensorFlow Serving.
    """

    name: str
    inputs: dict[str, tf.Tensor]
    outputs: dict[str, tf.Tensor]
    method_name: str = ""


def images_input() -> tf.Tensor:
    """Returns a placeholder for float32 `[None, None, None, 3]`, RGB in [0, 1]."""
    return tf.placeholder(tf.float32, [None, None, None, 3], name=names.IMAGES)


def batch_norm_momentum_input(default: float) -> tf.Tensor:
    """Returns a float32 scalar that a caller may feed.

    So the signatures with and without this input share one graph.
    """
    return tf.placeholder_with_default(
        tf.constant(default, tf.float32), [], name=names.BATCH_NORM_MOMENTUM
    )


def module_signatures(
    images: tf.Tensor,
    batch_norm_momentum: tf.Tensor,
    endpoints: dict[str, tf.Tensor],
    feature_vector: tf.Tensor,
    logits: tf.Tensor | None,
) -> list[Signature]:
    """Returns the signatures of a graph for `hub.Module`.

    Args:
      images: the placeholder of the images.
      batch_norm_momentum: the scalar input of the bn_hparams signatures.
      endpoints: the outputs of each signature besides 'default', by key.
      feature_vector: float32 `[batch, num_features]`.
      logits: float32 `[batch, num_classes]`, or None for a feature-vector module,
        which has no classification signatures.

    Returns:
      The signatures, 'default' first.
    """
    by_name = {names.FEATURE_VECTOR: feature_vector}
    if logits is not None:
        by_name[names.CLASSIFICATION] = logits
    plain = {names.IMAGES: images}
    with_hparams = {
        names.IMAGES: images,
        names.BATCH_NORM_MOMENTUM: batch_norm_momentum,
    }

    def make_signature(
        name: str, inputs: dict[str, tf.Tensor], output: tf.Tensor
    ) -> Signature:
        return Signature(name, inputs, dict(endpoints, default=output))

    default = feature_vector if logits is None else logits
    signatures = [make_signature(names.DEFAULT, plain, default)]
    for name, output in sorted(by_name.items()):
        signatures.append(make_signature(name, plain, output))
        signatures.append(
            make_signature(name + names.WITH_BN_HPARAMS, with_hparams, output)
        )
    return signatures


def serving_signature(
    images: tf.Tensor, feature_vector: tf.Tensor, logits: tf.Tensor | None
) -> Signature:
    """Returns the signature 'serving_default' of a graph for model servers.

    Args:
      images: the placeholder of the images.
      feature_vector: float32 `[batch, num_features]`. It is the only output,
        'feature_vector', of a module without classifier.
      logits: float32 `[batch, num_classes]`, or None for a module without classifier.
        The outputs of a module with classifier are 'logits' and 'probabilities', the
        softmax of the logits.
    """
    if logits is None:
        outputs = {"feature_vector": feature_vector}
    else:
        outputs = {"logits": logits, "probabilities": tf.nn.softmax(logits)}
    return Signature(names.SERVING_DEFAULT, {names.IMAGES: images}, outputs, _PREDICT)
