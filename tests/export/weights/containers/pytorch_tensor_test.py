"""Tensors are views inside their storages, whatever a pickle says about them."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.export.weights.containers import pytorch_tensor
from efficientnet_hub.export.weights.containers.refusal import RefusedError

_FLOAT = pytorch_tensor.NAMES["torch.FloatStorage"]
_BFLOAT16 = pytorch_tensor.NAMES["torch.BFloat16Storage"]
_VALUES = np.arange(6, dtype="<f4")


def _id(tag="storage", kind=_FLOAT, key="0", location="cpu", numel=6, more=()):
    return (tag, kind, key, location, numel, *more)


def _elements(persistent_id=None):
    return pytorch_tensor.StorageCatalog().resolve(persistent_id or _id())


def _array(elements=None, offset=0, size=(2, 3), stride=(3, 1), metadata=None):
    rebuild = pytorch_tensor.NAMES["torch._utils._rebuild_tensor_v2"].call
    tensor = rebuild(
        elements or _elements(), offset, size, stride, False, None, metadata
    )
    return pytorch_tensor.tensor_array("name", tensor, _VALUES)


def _refusal(function, *arguments, **keywords) -> str:
    with pytest.raises(RefusedError) as caught:
        function(*arguments, **keywords)
    return str(caught.value)


@pytest.mark.parametrize(
    "view, expected",
    [
        ({}, [[0, 1, 2], [3, 4, 5]]),
        ({"size": (3, 2), "stride": (1, 3)}, [[0, 3], [1, 4], [2, 5]]),
        ({"offset": 3, "size": (3,), "stride": (1,)}, [3, 4, 5]),
        ({"offset": 5, "size": (), "stride": ()}, 5),
        ({"size": (1, 6), "stride": (1 << 40, 1)}, [[0, 1, 2, 3, 4, 5]]),
        ({"size": (2, 2), "stride": (0, 1)}, [[0, 1], [0, 1]]),
    ],
)
def test_a_tensor_within_its_storage_is_a_view_of_it(view, expected):
    array = _array(**view)
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == np.float32 and np.shares_memory(array, _VALUES)


@pytest.mark.parametrize("size", [(0,), (0, 4), (4, 0), (2, 0, 3)])
def test_a_tensor_without_elements_is_an_empty_array(size):
    array = _array(size=size, stride=len(size) * (1,))
    assert array.shape == size and array.dtype == np.float32


@pytest.mark.parametrize(
    "view",
    [
        {"offset": 1},
        {"offset": 1 << 40},
        {"size": (3, 3)},
        {"size": ((1 << 48) - 1, (1 << 48) - 1)},
        {"stride": (4, 1)},
        {"stride": ((1 << 48) - 1, 1)},
        {"size": (), "stride": (), "offset": 6},
    ],
)
def test_a_view_that_reaches_outside_is_refused(view):
    message = _refusal(_array, **view)
    assert "tensor 'name' within its 6 elements, found a view up to element" in message


@pytest.mark.parametrize(
    "size, stride",
    [((7,), (0,)), ((1 << 40, 6), (0, 1)), ((6, 2), (1, 0)), (32 * (99,), 32 * (0,))],
)
def test_a_view_of_more_elements_than_its_storage_is_refused(size, stride):
    assert "a view that repeats them" in _refusal(_array, size=size, stride=stride)


@pytest.mark.parametrize(
    "view",
    [
        {"offset": -1},
        {"offset": 1 << 63},
        {"offset": None},
        {"size": (2, -3)},
        {"size": (1 << 64, 1)},
        {"size": [2, 3]},
        {"size": (2.0, 3)},
        {"size": (True, 3)},
        {"size": ("2", 3)},
        {"size": 40 * (1,), "stride": 40 * (1,)},
        {"stride": (-3, 1)},
        {"stride": (1 << 70, 1)},
    ],
)
def test_impossible_numbers_are_refused(view):
    assert "impossible offset, size or stride" in _refusal(_array, **view)


def test_contradictory_descriptions_are_refused():
    assert "2 sizes and 1 strides" in _refusal(_array, stride=(1,))
    huge = (1 << 47, 1 << 47)
    message = _refusal(_array, size=(0, *huge), stride=(1, 1, 1))
    assert "tensor 'name' of an impossible size" in message
    assert "a tensor without a storage" in _refusal(_array, elements="storage")
    assert "a tensor with metadata" in _refusal(_array, metadata={"neg": True})


@pytest.mark.parametrize(
    "persistent_id, message",
    [
        ("storage", "unknown form"),
        (_id()[:4], "unknown form"),
        (_id(more=[None, None]), "unknown form"),
        (_id(tag="module"), "something else than a storage"),
        (_id(kind="FloatStorage"), "something else than a storage"),
        (_id(key=0), "without a key"),
        (_id(numel=-1), "impossible size"),
        (_id(numel=1 << 63), "impossible size"),
        (_id(numel=6.0), "impossible size"),
        (_id(more=[3]), "a slice of a storage of an unknown form"),
        (_id(more=[("part", 4, 3)]), "a slice that reaches outside"),
        (_id(more=[("part", -1, 3)]), "a slice that reaches outside"),
    ],
)
def test_other_ids_than_of_a_storage_are_refused(persistent_id, message):
    assert message in _refusal(_elements, persistent_id)


def test_a_slice_bounds_the_tensors_in_it():
    part = _elements(_id(more=[("part", 2, 3)]))
    view = {"elements": part, "size": (2,), "stride": (1,)}
    np.testing.assert_array_equal(_array(offset=1, **view), [3, 4])
    assert "within its 3 elements" in _refusal(_array, offset=2, **view)


@pytest.mark.parametrize("other", [_id(numel=5), _id(kind=_BFLOAT16)])
def test_a_storage_has_one_description(other):
    catalog = pytorch_tensor.StorageCatalog()
    assert catalog.resolve(_id()) == catalog.resolve(_id(location="cuda:0"))
    assert "two descriptions of storage '0'" in _refusal(catalog.resolve, other)


def test_bfloat16_becomes_float32_and_keeps_every_bit():
    bits = np.array([0x3F80, 0xC049, 0x0001, 0x7F80, 0xFF80, 0x8000], "<u2")
    storage = pytorch_tensor.Storage("0", _BFLOAT16, 6)
    values = pytorch_tensor.storage_values(storage, bits.tobytes())
    assert values.dtype == np.float32 and not values.flags.writeable
    np.testing.assert_array_equal(values.view("<u4") >> 16, bits)
    np.testing.assert_array_equal(values[:2], [1.0, -3.140625])


def test_a_parameter_is_its_tensor():
    rebuild = pytorch_tensor.NAMES["torch._utils._rebuild_parameter"].call
    assert rebuild("tensor", True, None) == "tensor"
