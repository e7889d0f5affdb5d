"""The checks that all weights pass, and the memory they are in."""

from __future__ import annotations

import functools
import hashlib

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import mapping, source
from efficientnet_hub.export.weights.containers import contents
from efficientnet_hub.signatures import provenance

_PLACE = "checkpoint 'model.ckpt'"
_EXPECTED = {
    "net/stem/conv2d/kernel": [3, 3, 3, 8],
    "net/stem/tpu_batch_normalization/moving_variance": [8],
    "net/head/dense/kernel": [16, 10],
    "net/head/dense/bias": [10],
}


def _values(**changes) -> dict[str, np.ndarray]:
    values = {name: np.ones(shape, np.float32) for name, shape in _EXPECTED.items()}
    for part, value in changes.items():
        (name,) = [name for name in _EXPECTED if name.endswith("/" + part)]
        values[name] = value
    return values


def _read(values) -> dict[str, np.ndarray]:
    found = {
        name: mapping.Found(
            "array of " + name,
            contents.Stored(value.dtype.name, value.shape),
            functools.partial(values.__getitem__, name),
        )
        for name, value in values.items()
    }
    return source.read_values(found, _EXPECTED, "net", _PLACE)


def _refusal(values) -> str:
    with pytest.raises(errors.InputError) as caught:
        _read(values)
    assert _PLACE in str(caught.value)
    return str(caught.value)


def test_descended_weights_keep_their_values():
    weights = source.Weights(
        {"a": np.ones(1)}, provenance.Provenance("b"), trained=True
    )

    descended = weights.descend_from(provenance.Provenance("c", "MIT"), "from")

    assert descended.values is weights.values and descended.trained
    assert descended.provenance == provenance.Provenance(
        "b, from c", "MIT", descended=True
    )


def test_values_are_float32_in_the_order_of_the_network():
    found = {name: value.astype(np.float64) for name, value in _values().items()}

    checked = _read(dict(sorted(found.items())))

    assert list(checked) == list(_EXPECTED)
    for name, value in checked.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, found[name])


def test_a_missing_variable_is_refused_by_name():
    values = _values()
    del values["net/head/dense/bias"]

    assert "must hold the variable 'net/head/dense/bias' of net, found no" in _refusal(
        values
    )


def test_a_variable_too_many_is_refused_by_name():
    values = dict(_values(), **{"net/other": np.ones(3)})

    assert "'net/other'" in _refusal(values)


def test_another_shape_is_refused_with_both_shapes():
    assert _refusal(_values(**{"conv2d/kernel": np.ones([3, 3, 3, 9])})) == (
        "variable 'net/stem/conv2d/kernel' of net must have shape (3, 3, 3, 8), found "
        f"(3, 3, 3, 9) in {_PLACE}: is it of another variant?"
    )


@pytest.mark.parametrize(
    ("variable", "shape"), [("dense/kernel", [16, 7]), ("dense/bias", [7])]
)
def test_another_number_of_classes_is_refused_with_a_way_out(variable, shape):
    message = _refusal(_values(**{variable: np.ones(shape)}))

    assert "--num_classes=7" in message and "--new_classifier" in message


def test_a_classifier_for_other_features_is_of_another_variant():
    message = _refusal(_values(**{"dense/kernel": np.ones([17, 10])}))

    assert "another variant" in message and "--num_classes" not in message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_refused(value):
    bias = np.zeros(10)
    bias[9] = value

    message = _refusal(_values(**{"dense/bias": bias}))

    assert "'net/head/dense/bias'" in message and f"found {value}" in message


def test_a_value_that_overflows_float32_is_refused():
    with np.errstate(over="ignore"):
        assert "found inf" in _refusal(_values(**{"dense/bias": np.full(10, 1e300)}))


def test_a_negative_variance_is_refused():
    variance = np.ones(8)
    variance[3] = -0.25

    assert "found -0.25" in _refusal(_values(moving_variance=variance))


# The training of a cluster ended with the second one.
@pytest.mark.parametrize("variance", [0.0, -3.25613e-21])
def test_a_variance_may_be_zero_or_rounded(variance):
    found = _read(_values(moving_variance=np.full(8, variance)))

    (value,) = [found[name] for name in found if name.endswith("moving_variance")]
    np.testing.assert_array_equal(value, np.full(8, variance, np.float32))


def test_integers_are_refused():
    assert "found int64" in _refusal(_values(**{"dense/bias": np.ones(10, np.int64)}))


def test_files_are_recorded_by_their_names_and_digests(tmp_path):
    content = b"weights" * 10**6
    (tmp_path / "model.ckpt").write_bytes(content)

    digests = source.hash_files([str(tmp_path / "model.ckpt")])

    assert digests == {"model.ckpt": hashlib.sha256(content).hexdigest()}
