"""Verifies what `reexport_module.py` exported, and packages it again.

Run in a builder's environment with `hub.Module`.
"""

import argparse
import os
import shutil

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub.export.commands import main as program


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exports", help="the folder that was written")
    parser.add_argument("folder", help="where to write")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    for name in ("exported", "latest", "exported-spec"):
        export = os.path.join(arguments.exports, name)
        output = os.path.join(arguments.folder, name)
        # That of a ModuleSpec has ops of its own TensorFlow.
        if name != "exported-spec":
            _run("verify", "--strict", export)
        _run("repackage", export, "--output=" + output)
        _run("verify", "--strict", output)
        _assert_same_weights(export, output)


def _run(*arguments):
    """Runs the program in this process, which imports TensorFlow only once."""
    assert program.main(program.parse(["efficientnet-hub"] + list(arguments))) == 0


def _assert_same_weights(one, other):
    one, other = (
        tf.train.load_checkpoint(os.path.join(module, "variables", "variables"))
        for module in (one, other)
    )
    names = set(one.get_variable_to_shape_map())
    assert names == set(other.get_variable_to_shape_map())
    for name in names:
        np.testing.assert_array_equal(one.get_tensor(name), other.get_tensor(name))


if __name__ == "__main__":
    main()
