"""A trainable variable has two definitions, and both are changed."""

from __future__ import annotations

import tensorflow.compat.v1 as tf

from efficientnet_hub.export.graph_passes import variable_definitions


def test_each_definition_is_changed():
    with tf.Graph().as_default():
        tf.get_variable("kernel", [1], use_resource=True)
        tf.get_variable("moving_mean", [1], use_resource=True, trainable=False)
        meta_graph = tf.train.export_meta_graph()

    def forget_initial_value(definition):
        definition.ClearField("initial_value_name")

    variable_definitions.change(meta_graph, forget_initial_value)

    definitions = variable_definitions.definitions(meta_graph)
    assert [d.variable_name for d in definitions] == ["kernel:0", "moving_mean:0"]
    assert not any(d.initial_value_name for d in definitions)
    trainable = meta_graph.collection_def[tf.GraphKeys.TRAINABLE_VARIABLES]
    (serialized,) = trainable.bytes_list.value
    assert serialized == definitions[0].SerializeToString()
