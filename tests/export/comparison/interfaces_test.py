"""A program can use B in place of A if B has what A has, and accepts what A accepts."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.comparison import findings, interfaces
from efficientnet_hub.tests.export.comparison import small_modules
from efficientnet_hub.tests.export.verification import spoiling

_DIFFERS, _NOTE = findings.Outcome.DIFFERS, findings.Outcome.NOTE
_TRAIN, _IMAGES = frozenset(["train"]), "images"


def _graphs() -> dict:
    return {
        frozenset(graph.meta_info_def.tags): graph
        for graph in spoiling.good_meta_graphs()
    }


def _compare(a, b) -> list[findings.Finding]:
    return list(interfaces.compare(a, b))


def test_the_same_graphs_are_the_same():
    found = _compare(_graphs(), _graphs())

    assert {each.outcome for each in found} == {findings.Outcome.SAME}


@pytest.mark.parametrize(("a", "b"), [("A", "B"), ("B", "A")])
def test_a_missing_tag_set_differs_and_one_more_is_a_note(a, b):
    graphs = {"A": _graphs(), "B": _graphs()}
    del graphs["B"][_TRAIN]

    found = _compare(graphs[a], graphs[b])

    (finding,) = (each for each in found if each.outcome in (_DIFFERS, _NOTE))
    assert finding.topic == "tag sets" and '{"train"}' in finding.detail
    assert finding.outcome is (_DIFFERS if a == "A" else _NOTE)


def test_a_renamed_signature_differs():
    graphs = _graphs()
    signatures = graphs[_TRAIN].signature_def
    signatures["features"].CopyFrom(signatures["image_feature_vector"])
    del signatures["image_feature_vector"]

    found = _compare(_graphs(), graphs)

    assert small_modules.differing(found) == [("signatures", '{"train"}')]
    details = [each.detail for each in found]
    assert "B lacks 'image_feature_vector'" in details
    assert "B also has 'features'" in details


def _change_dtype(signature):
    signature.inputs[_IMAGES].dtype = 4


def _rename_input(signature):
    signature.inputs["pictures"].CopyFrom(signature.inputs[_IMAGES])
    del signature.inputs[_IMAGES]


def _fix_the_size(signature):
    for dimension, size in zip(signature.inputs[_IMAGES].tensor_shape.dim[1:3], (8, 8)):
        dimension.size = size


def _remove_an_output(signature):
    del signature.outputs["efficientnet-b0/block_0"]


def _widen_an_output(signature):
    signature.outputs["default"].tensor_shape.dim[-1].size = 11


def _forget_a_width(signature):
    signature.outputs["default"].tensor_shape.dim[-1].size = -1


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (_change_dtype, "input 'images': float32 [any, any, any, 3] in A, uint8"),
        (_rename_input, "inputs 'images' in A, 'pictures' in B"),
        (_fix_the_size, "[any, any, any, 3] in A, float32 [any, 8, 8, 3] in B"),
        (_remove_an_output, "outputs, such as 'efficientnet-b0/block_0'"),
        (_widen_an_output, "float32 [any, 10] in A, float32 [any, 11] in B"),
        (_forget_a_width, "float32 [any, 10] in A, float32 [any, any] in B"),
    ],
)
def test_what_a_signature_no_longer_accepts_or_returns_differs(change, detail):
    graphs = _graphs()
    change(graphs[frozenset()].signature_def["default"])

    found = _compare(_graphs(), graphs)

    (finding,) = (each for each in found if each.outcome is _DIFFERS)
    assert finding.subject == "{} 'default'"
    assert detail in finding.detail


@pytest.mark.parametrize("change", [_fix_the_size, _remove_an_output, _forget_a_width])
def test_what_a_signature_accepts_or_returns_in_addition_is_a_note(change):
    graphs = _graphs()
    change(graphs[frozenset()].signature_def["default"])

    found = _compare(graphs, _graphs())

    assert small_modules.differing(found) == []
    assert [each.subject for each in found if each.outcome is _NOTE] == ["{} 'default'"]
