"""The common image signatures: their inputs, their outputs."""

from __future__ import annotations

import dataclasses

import tensorflow.compat.v1 as tf

from . import names

# Method names that TensorFlow Serving looks at; hub ignores them.
_PREDICT = "tensorflow/serving/predict"


@dataclasses.dataclass(frozen=True)
class Signature:
    """A function of the module: its name, inputs and outputs by name.

    Attributes:
      name: the signature's name.
      inputs: the tensors to feed.
      outputs: the tensors computed; the one named 'default' is what
        `module(images)` returns.
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
    """Returns a float32 scalar that a signature may feed.

    One graph thus serves the signatures with and without this input.
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
      images: the images' placeholder.
      batch_norm_momentum: the scalar that the bn_hparams signatures feed.
      endpoints: what each signature returns besides 'default', by key.
      feature_vector: float32 `[batch, num_features]`.
      logits: float32 `[batch, num_classes]`, or None for a feature-vector module,
        which then has no classification signatures.

    Returns:
      A list of signatures, 'default' first.
    """
    by_name = {names.FEATURE_VECTOR: feature_vector}
    if logits is not None:
        by_name[names.CLASSIFICATION] = logits
    plain = {names.IMAGES: images}
    with_hparams = {
        names.IMAGES: images,
        names.BATCH_NORM_MOMENTUM: batch_norm_momentum,
    }

    def signature(name, inputs, output):
        return Signature(name, inputs, dict(endpoints, default=output))

    default = feature_vector if logits is None else logits
    signatures = [signature(names.DEFAULT, plain, default)]
    for name, output in sorted(by_name.items()):
        signatures.append(signature(name, plain, output))
        signatures.append(signature(name + names.WITH_BN_HPARAMS, with_hparams, output))
    return signatures


def serving_signature(
    images: tf.Tensor, feature_vector: tf.Tensor, logits: tf.Tensor | None
) -> Signature:
    """Returns the signature 'serving_default' of a graph for model servers.

    Args:
      images: the images' placeholder.
      feature_vector: float32 `[batch, num_features]`; the only output,
        'feature_vector', of a module without classifier.
      logits: float32 `[batch, num_classes]` or None; gives the outputs 'logits'
        and 'probabilities', the softmax of the logits.
    """
    if logits is None:
        outputs = {"feature_vector": feature_vector}
    else:
        outputs = {"logits": logits, "probabilities": tf.nn.softmax(logits)}
    return Signature(names.SERVING_DEFAULT, {names.IMAGES: images}, outputs, _PREDICT)
