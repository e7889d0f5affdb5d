"""A TF1 program's fine-tuning through `hub.Module` with the tag set {"train"}."""

import fine_tuning
import numpy as np
import pytest
import tensorflow

tf = tensorflow.compat.v1

STEPS = 10
WEIGHT_DECAY = 1e-5


def _own_classifier(logits):
    return logits


def _new_classifier(features):
    return tf.layers.dense(features, 3, kernel_initializer=tf.zeros_initializer())


@pytest.mark.parametrize(
    "module, classify",
    [("b0-feature-vector", _new_classifier), ("lite0", _own_classifier)],
    ids=["b0-feature-vector", "lite0"],
)
def test_fine_tuning(modules, module, classify, photographs):
    with tf.Graph().as_default(), tf.Session() as session:
        program = fine_tuning.Program(modules + "/" + module, photographs, classify)
        assert None not in program.gradients
        session.run(tf.global_variables_initializer())
        _check_regularization(program, session)

        before = session.run(program.moving)
        losses = [
            session.run([program.loss, program.train_op])[0] for _ in range(STEPS)
        ]
        after = session.run(program.moving)

    # Stochastic depth makes single steps uneven: in 40 runs, a median of 0.72 at most.
    assert np.median(losses[-5:]) < 0.9 * losses[0]
    assert all((old != new).any() for old, new in zip(before, after))
    assert all(np.isfinite(new).all() for new in after)


def _check_regularization(program, session):
    kernels = [v for v in program.variables if v.op.name.endswith("kernel")]
    values = session.run(kernels)
    expected = WEIGHT_DECAY / 2 * sum(np.sum(np.square(value)) for value in values)

    np.testing.assert_allclose(session.run(program.regularization), expected, rtol=1e-3)
