"""What the common image signatures are called, and their inputs.

https://www.tensorflow.org/hub/common_signatures/images says what a program may
expect of them; the `..._with_bn_hparams` signatures are the further ones that
modules for fine-tuning carry.
"""

from __future__ import annotations

DEFAULT = "default"
CLASSIFICATION = "image_classification"
FEATURE_VECTOR = "image_feature_vector"
WITH_BN_HPARAMS = "_with_bn_hparams"
SERVING_DEFAULT = "serving_default"

IMAGES = "images"
BATCH_NORM_MOMENTUM = "batch_norm_momentum"
