"""The names of the common image signatures, and of their inputs.

https://www.tensorflow.org/hub/common_signatures/images describes these signatures. The
`..._with_bn_hparams` signatures are additional ones of modules for fine-tuning.
"""

from __future__ import annotations

DEFAULT = "default"
CLASSIFICATION = "image_classification"
FEATURE_VECTOR = "image_feature_vector"
WITH_BN_HPARAMS = "_with_bn_hparams"
SERVING_DEFAULT = "serving_default"

IMAGES = "images"
BATCH_NORM_MOMENTUM = "batch_norm_momentum"
