"""A TF2 program's use of `hub.KerasLayer`, in a model of Keras 2."""

import agreement
import pytest
import tensorflow as tf
import tensorflow_hub as hub

try:
    import tf_keras as keras  # Keras 2, since TensorFlow has Keras 3.
except ImportError:
    from tensorflow import keras


@pytest.mark.parametrize("module", ["b0", "lite0"])
def test_classification(modules, module, photographs, reference):
    model = keras.Sequential(
        [
            hub.KerasLayer(
                modules + "/" + module,
                signature="image_classification",
                output_key="default",
            )
        ]
    )

    agreement.assert_right(model(photographs), module, reference)


def test_new_classifier_on_feature_vector(modules, photographs):
    model = keras.Sequential(
        [
            hub.KerasLayer(
                modules + "/b0-feature-vector",
                signature="image_feature_vector",
                output_key="default",
                output_shape=[1280],
            ),
            keras.layers.Dense(3),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )

    history = model.fit(
        tf.constant(photographs), tf.constant([0, 1, 2]), epochs=4, verbose=0
    )

    losses = history.history["loss"]
    assert losses[-1] < losses[0]
