"""When the outputs of one network on two machines are the same."""

import numpy as np

# A class each: matplotlib's grace_hopper.jpg, scikit-image's chelsea.png and
# coffee.png.
PHOTOGRAPHED_CLASSES = (652, 285, 967)

# Of the expected outputs' standard deviation: sums of floats in another order.
TOLERANCE = 1e-4


def assert_agree(actual, expected):
    """Checks that outputs are the expected ones, except for rounding."""
    actual = np.asarray(actual)
    assert actual.shape == expected.shape
    assert np.max(np.abs(actual - expected)) <= TOLERANCE * np.std(expected)


def assert_right(logits, module, reference):
    """Checks a classifier's logits for the photographs.

    Args:
      logits: float32 `[3, 1000]`.
      module: 'b0', whose weights are random, or 'lite0', whose are trained.
      reference: the expected outputs, by 'module/output'.
    """
    assert_agree(logits, reference[module + "/logits"])
    if module == "lite0":
        assert tuple(np.argmax(logits, axis=1)) == PHOTOGRAPHED_CLASSES
