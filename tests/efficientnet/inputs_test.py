"""Compares the input normalization with the publisher's formulas."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import inputs
from efficientnet_hub.tests import golden


def _imagenet(images):
    return (images - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


def _advprop(images):
    return 2 * images - 1


def _lite(images):
    return (255 * images - 127) / 128


@pytest.mark.parametrize(
    ("preprocessing", "published"),
    [("imagenet", _imagenet), ("advprop", _advprop), ("lite", _lite)],
)
def test_images_are_normalized_as_published(preprocessing, published):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    images[0, 0, 0], images[0, 0, 1] = 0, 1  # black and white too

    with tf.Graph().as_default(), tf.Session() as session:
        centered = session.run(inputs.center(tf.constant(images), preprocessing))
    normalized = centered * inputs.contrast(preprocessing)

    assert normalized.dtype == np.float32
    np.testing.assert_allclose(
        normalized, published(images.astype(np.float64)), rtol=1e-5, atol=1e-6
    )
