"""A TF1 program's `hub.Module` of a published module, by its address."""

import agreement
import tensorflow
import tensorflow_hub as hub

tf = tensorflow.compat.v1


def test_classification(archive_url, photographs, reference):
    with tf.Graph().as_default(), tf.Session() as session:
        logits = hub.Module(archive_url)(photographs)
        session.run(tf.global_variables_initializer())

        agreement.assert_right(session.run(logits), "b0", reference)
