"""Finds the ops by which the Saver of a graph reads and writes the file that it gets.

What a graph says of its Saver may be forged. An op is the Saver's only if nothing else
in the graph needs it, and if each file that it touches has a name from the Saver's.
"""

from __future__ import annotations

import collections
from typing import Any, Iterable, Mapping

from . import graph_facts, message_texts

# The positions of the names of files in the inputs of the ops of a Saver.
_READING_OPS = {"Restore": [0], "RestoreSlice": [0], "RestoreV2": [0]}
_WRITING_OPS = {
    "MergeV2Checkpoints": [0, 1],
    "Save": [0],
    "SaveSlices": [0],
    "SaveV2": [0],
}
_SELECTING_OPS = ("Select", "SelectV2")
# Of the messages in all collections of a graph. Those of B7 have 0.3 MB.
_MOST_BYTES = 2**22


def find(meta_graph: Any) -> set[str]:
    """Returns the names of the nodes that only the Saver needs.

    Args:
      meta_graph: a MetaGraphDef.
    """
    ops = {*_READING_OPS, *_WRITING_OPS}
    nodes = meta_graph.graph_def.node
    if not any(node.op in ops for node in nodes):
        return set()
    by_name = {node.name: node for node in nodes}
    saver = meta_graph.saver_def
    filename = _name_node(saver.filename_tensor_name)
    fetched, described = _list_fetched(meta_graph), _list_described(meta_graph)
    is_known = all(fetched) and described is not None
    if not is_known or not _is_replaced(filename, by_name):
        return set()  # Also if an output has parts, such as a sparse tensor.
    fed = _find_fed(meta_graph)
    constant = {name: node for name, node in by_name.items() if name not in fed}
    derived = _find_derived(filename, constant)
    # The initializer of a variable may read the checkpoint, but nothing may write it.
    run = [*fetched, *(described or ())]
    return {
        *_find_used_by(saver.restore_op_name, _READING_OPS, derived, fetched, by_name),
        *_find_used_by(saver.save_tensor_name, _WRITING_OPS, derived, run, by_name),
    }


def _find_used_by(
    user: str,
    ops: Mapping[str, list[int]],
    derived: set[str],
    fetched: list[str],
    by_name: Mapping[str, Any],
) -> set[str]:
    """Returns the nodes of some ops that one tensor or op needs, and nothing else.

    Args:
      user: the tensor or op.
      ops: the positions of names of files in the inputs of each op.
      derived: the nodes that these names may come from.
      fetched: the tensors and ops that programs may run.
      by_name: all nodes.
    """
    others = set(by_name) - _find_needed([user], by_name)
    needed_elsewhere = _find_needed([*others, *fetched], by_name)
    return {
        name
        for name, node in by_name.items()
        if node.op in ops
        and name not in needed_elsewhere
        and all(
            _name_node(each) in derived
            for position in ops[node.op]
            for each in node.input[position : position + 1]
        )
    }


def _find_needed(tensors: Iterable[str], by_name: Mapping[str, Any]) -> set[str]:
    """Returns the nodes that run for some tensors, by data or by control."""
    pending, needed = list(map(_name_node, tensors)), set()
    while pending:
        name = pending.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            pending += map(_name_node, by_name[name].input)
    return needed


def _list_fetched(meta_graph: Any) -> list[str]:
    """Returns what programs run: outputs of signatures, and ops for initialization."""
    fetched: list[str] = []
    for signature in meta_graph.signature_def.values():
        fetched += [info.name for info in signature.outputs.values()]
    for collection in meta_graph.collection_def.values():
        fetched += collection.node_list.value
    return fetched


def _list_described(meta_graph: Any) -> list[str] | None:
    """Returns what the descriptions of variables and loops name: programs may run it.

    None if that is not known, because the descriptions are too large or no such ones.
    """
    messages: set[bytes] = set()
    for key, collection in meta_graph.collection_def.items():
        if key != graph_facts.ATTACHMENTS:  # Which say nothing of the graph.
            messages.update(collection.bytes_list.value)
    if sum(map(len, messages)) > _MOST_BYTES:
        return None
    names: set[bytes] = set()
    try:
        for message in messages:
            names |= message_texts.find(message)
    except message_texts.TooDeepError:
        return None
    return [name.decode("utf-8", "replace") for name in names]


def _find_fed(meta_graph: Any) -> set[str]:
    """Returns the nodes whose values a loader replaces by paths of other files."""
    return {_name_node(each.tensor_info.name) for each in meta_graph.asset_file_def}


def _is_replaced(filename: str, by_name: Mapping[str, Any]) -> bool:
    """Returns whether a Saver's name is a placeholder, whose default is harmless."""
    seen: set[str] = set()
    name = filename
    while name in by_name and name not in seen:
        seen.add(name)
        node = by_name[name]
        if node.op == "Placeholder":
            return True
        if node.op != "PlaceholderWithDefault":
            # An initializer reads a file of this name if no Saver gives another.
            texts = _read_texts(node)
            return name != filename and bool(texts) and b"/" not in b"".join(texts)
        name = _name_node(node.input[0]) if node.input else ""
    return False


def _find_derived(filename: str, by_name: Mapping[str, Any]) -> set[str]:
    """Returns the nodes of names of files whose parts all come from the Saver's."""
    endings = _find_endings(by_name)
    consumers: dict[str, list[str]] = collections.defaultdict(list)
    pending = []
    for name, node in by_name.items():
        sources = _list_sources(node, endings)
        if not sources and name != filename:
            pending.append(name)
        for source in sources:
            consumers[_name_node(source)].append(name)
    pending += set(consumers) - set(by_name)
    others: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in others and name != filename:
            others.add(name)
            pending += consumers[name]
    return set(by_name) - others


def _list_sources(node: Any, endings: set[str]) -> list[str]:
    """Returns the inputs that decide the folder of a file, none of an unknown op."""
    inputs = _list_data(node)
    if node.op in ("Identity", "Pack"):
        return inputs
    if node.op in _SELECTING_OPS:
        return inputs[1:]
    if node.op == "ShardedFilename":  # The others are numbers.
        return inputs[:1]
    if (
        node.op == "StringJoin"
        and not _read_separator(node)
        and endings.issuperset(map(_name_node, inputs[1:]))
    ):
        return inputs[:1]
    return []


def _find_endings(by_name: Mapping[str, Any]) -> set[str]:
    """Returns the nodes of texts that, after a path, lead to no folder above it."""
    constants = {
        name for name, node in by_name.items() if _are_endings(_read_texts(node))
    }
    return constants | {
        name
        for name, node in by_name.items()
        if node.op in _SELECTING_OPS
        and constants.issuperset(map(_name_node, _list_data(node)[1:]))
    }


def _are_endings(texts: list[bytes]) -> bool:
    # Two dots may also come from the ends of two texts.
    return bool(texts) and not any(
        b".." in text or text.endswith(b".") for text in texts
    )


def _read_texts(node: Any) -> list[bytes]:
    """Returns the texts of a constant, none of another node."""
    if node.op != "Const" or "value" not in node.attr:
        return []
    return list(node.attr["value"].tensor.string_val)


def _read_separator(node: Any) -> bytes:
    return node.attr["separator"].s if "separator" in node.attr else b""


def _list_data(node: Any) -> list[str]:
    return [each for each in node.input if not each.startswith("^")]


def _name_node(tensor: str) -> str:
    """Returns the name of the node of a tensor or control input: 'a' of 'a:0'."""
    return tensor.lstrip("^").partition(":")[0]
