"""Reading and changing the names of nodes in a GraphDef."""

from __future__ import annotations

import pytest
from tensorflow.core.framework import graph_pb2

from efficientnet_hub.export.graph_passes import node_names


@pytest.mark.parametrize(
    ("name", "node", "renamed"),
    [
        ("a/b", "a/b", "c"),
        ("a/b:1", "a/b", "c:1"),
        ("^a/b", "a/b", "^c"),
        ("a:12", "a", "a:12"),
    ],
)
def test_a_name_is_split_and_renamed(name, node, renamed):
    assert node_names.node_of(name) == node
    assert node_names.rename(name, {"a/b": "c"}) == renamed


@pytest.mark.parametrize("name", ["", ":1", "a:b"])
def test_a_malformed_name_is_refused(name):
    with pytest.raises(ValueError, match="must be the name of an input"):
        node_names.node_of(name)


def test_inputs_are_renamed():
    graph_def = graph_pb2.GraphDef()
    graph_def.node.add(name="a", input=["a", "b:1", "^b"])

    node_names.rename_inputs(graph_def, {"b": "c"})

    (node,) = graph_def.node
    assert (node.name, list(node.input)) == ("a", ["a", "c:1", "^c"])


def test_a_node_is_colocated_with_the_given_nodes():
    node = graph_pb2.GraphDef().node.add(name="a")
    assert node_names.colocated_nodes(node) == []

    node_names.colocate(node, ["c", "b"])
    assert list(node.attr["_class"].list.s) == [b"loc:@c", b"loc:@b"]
    assert node_names.colocated_nodes(node) == ["c", "b"]

    node_names.colocate(node, [])
    assert "_class" not in node.attr
