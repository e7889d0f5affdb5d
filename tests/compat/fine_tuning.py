"""A TF1 program that fine-tunes a module through `hub.Module`."""

import tensorflow
import tensorflow_hub as hub

tf = tensorflow.compat.v1

LABELS = [0, 1, 2]  # Not what the photographs show: there is something to learn.
LEARNING_RATE = 0.02


class Program:
    """The program's tensors, in the current graph.

    Attributes:
      variables: the module's trainable variables.
      moving: its moving averages.
      gradients: the loss's gradient by each trainable variable.
      regularization: the sum of the regularization losses.
      loss: what training minimizes.
      train_op: one step of it.
    """

    def __init__(self, path, photographs, classify):
        """Builds the program.

        Args:
          path: the module.
          photographs: float32 `[3, height, width, 3]`.
          classify: a function from the module's output to logits.
        """
        images = tf.constant(photographs[:, ::2, ::2])
        module = hub.Module(path, name="module", trainable=True, tags={"train"})
        logits = classify(module(images))
        self.variables = [v for v in tf.trainable_variables() if _in_module(v)]
        self.moving = [v for v in tf.global_variables() if "/moving_" in v.op.name]
        self.regularization = tf.losses.get_regularization_loss()
        self.loss = self.regularization + tf.losses.sparse_softmax_cross_entropy(
            LABELS, logits
        )
        self.gradients = tf.gradients(self.loss, self.variables)
        optimizer = tf.train.GradientDescentOptimizer(LEARNING_RATE)
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            self.train_op = optimizer.minimize(self.loss)


def _in_module(variable):
    return variable.op.name.startswith("module/")
