"""Exports the checkpoint that another TensorFlow's program left, and tries it.

Run in a builder's environment with `hub.Module`, after `checkpoint_consumer.py`.
"""

import argparse
import os

import agreement
import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

import efficientnet_hub


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", help="the folder that the program wrote")
    parser.add_argument("reference", help="the folder of photographs")
    parser.add_argument("output", help="the module to write")
    arguments = parser.parse_args()
    efficientnet_hub.export_module(
        "efficientnet-b0",
        os.path.join(arguments.checkpoints, "model.ckpt"),
        arguments.output,
        overwrite=True,
    )
    photographs = np.load(os.path.join(arguments.reference, "photographs.npy"))
    with tf.Graph().as_default(), tf.Session() as session:
        logits = hub.Module(arguments.output)(photographs)
        session.run(tf.global_variables_initializer())
        actual = session.run(logits)
    agreement.assert_agree(
        actual, np.load(os.path.join(arguments.checkpoints, "logits.npy"))
    )


if __name__ == "__main__":
    main()
