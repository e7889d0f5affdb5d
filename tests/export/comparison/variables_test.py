"""Variables are compared by name, type, shape and value, one at a time."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.export.comparison import findings, variable_names, variables
from efficientnet_hub.export.weights.containers import tensorflow_checkpoint
from efficientnet_hub.tests.export.comparison import small_modules

_TOLERANCE = 1e-4


def _values() -> dict[str, np.ndarray]:
    generator = np.random.RandomState(0)
    shapes = {"net/a/kernel": [3, 4], "net/a/bias": [4], "net/b/kernel": [4, 5]}
    return {
        name: generator.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


@pytest.fixture(name="compare")
def _compare(write_checkpoint):
    """Returns a function that compares values with those of `_values`."""

    def compare(values) -> list[findings.Finding]:
        opened = []
        for each in (_values(), values):
            prefix = write_checkpoint(each)
            opened.append(tensorflow_checkpoint.Checkpoint(prefix, prefix))
        return list(variables.compare(*opened, _TOLERANCE))

    return compare


def test_equal_variables_are_the_same(compare):
    (finding,) = compare(_values())

    assert finding.outcome is findings.Outcome.SAME
    assert finding.detail == "3 of 3 have equal values"


def test_one_variable_that_differs_by_a_thousandth_is_named(compare):
    values = _values()
    values["net/b/kernel"][2, 3] += 1e-3

    total, finding = compare(values)

    assert total.detail == "1 of 3 have other values"
    assert finding.subject == "net/b/kernel"
    assert finding.measures["greatest"] == pytest.approx(1e-3, rel=1e-3)
    assert finding.measures["median"] == 0


def test_rounding_of_what_is_stored_counts_as_the_same(compare):
    values = {name: value * (1 + 5e-7) for name, value in _values().items()}

    (finding,) = compare({n: v.astype(np.float32) for n, v in values.items()})

    assert finding.outcome is findings.Outcome.SAME
    assert "within 1e-06" in finding.detail


def test_another_shape_or_type_is_shown(compare):
    values = _values()
    values["net/a/bias"] = np.zeros([5], np.float32)
    values["net/a/kernel"] = values["net/a/kernel"].astype(np.float64)

    found = compare(values)

    details = {each.subject: each.detail for each in found}
    assert details["net/a/bias"] == "float32 [4] in A, float32 [5] in B"
    assert details["net/a/kernel"] == "float32 [3, 4] in A, float64 [3, 4] in B"


def test_variables_of_one_module_only_are_a_note(compare):
    values = _values()
    values["net/c"] = values.pop("net/a/bias")

    found = compare(values)

    assert small_modules.differing(found) == []
    assert [each.detail for each in found] == [
        "only A has 1: 'net/a/bias'",
        "only B has 1: 'net/c'",
        "2 of 2 have equal values",
    ]


def test_names_that_differ_in_their_scope_only_are_matched(compare):
    values = {n.replace("net/", "module/net/"): v for n, v in _values().items()}
    values["module/net/a/bias"] += 1

    found = compare(values)

    assert found[0].detail == (
        "all names start with 'net/' in A, with 'module/net/' in B"
    )
    assert [subject for _, subject in small_modules.differing(found)] == [
        "",
        "net/a/bias",
    ]


def test_other_names_are_not_matched_by_their_shapes():
    matched = variable_names.match(["net/a", "net/b"], ["net/c", "net/d"])

    assert list(matched.pairs) == []
    assert matched.scopes is None


def test_a_module_may_have_no_variables(write_checkpoint):
    prefix = write_checkpoint(_values())
    opened = tensorflow_checkpoint.Checkpoint(prefix, prefix)

    (finding,) = variables.compare(opened, None, _TOLERANCE)

    assert "only A has 3" in finding.detail
