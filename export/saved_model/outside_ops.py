"""Finds the ops that reach outside of a graph: files, Python and the network.

A module that computes with images needs none of them, except that its Saver reads the
checkpoint.
"""

from __future__ import annotations

import collections
from typing import Any, Iterable, Mapping

# From the ops that TensorFlow 2.21 registers, and those that it has dropped.
_FILE_OPS = frozenset(
    [
        "CSVDataset",
        "CSVDatasetV2",
        "CacheDataset",
        "CacheDatasetV2",
        "CalibrationStatisticsSaver",
        "CreateSummaryDbWriter",
        "CreateSummaryFileWriter",
        "DTensorRestoreV2",
        "DatasetFromGraph",  # Of a serialized graph, with any op.
        "DatasetToTFRecord",
        "DecodeProtoV2",
        "DeserializeIterator",  # Of a serialized graph, with any op.
        "DistributedSave",
        "DumpTensor",
        "EncodeProto",
        "ExperimentalCSVDataset",
        "ExperimentalDatasetToTFRecord",
        "ExperimentalLMDBDataset",
        "ExperimentalMatchingFilesDataset",
        "ExperimentalSqlDataset",
        "FileSystemSetConfiguration",
        "FixedLengthRecordDataset",
        "FixedLengthRecordDatasetV2",
        "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2",
        "FixedUnigramCandidateSampler",
        "GenerateVocabRemapping",
        "ImmutableConst",
        "InitializeTRTResource",
        "InitializeTableFromTextFile",
        "InitializeTableFromTextFileV2",
        "LMDBDataset",
        "LMDBReader",
        "ListSnapshotChunksDataset",
        "LoadAndRemapMatrix",
        "LoadDataset",
        "MatchingFiles",
        "MatchingFilesDataset",
        "MergeV2Checkpoints",
        "PrintV2",
        "ReadFile",
        "RecordInput",
        "RemoteFusedGraphExecute",
        "Restore",
        "RestoreSlice",
        "RestoreV2",
        "Save",
        "SaveDataset",
        "SaveDatasetV2",
        "SaveSlices",
        "SaveV2",
        "SerializeTRTResource",
        "Skipgram",
        "SnapshotChunkDataset",
        "SnapshotDataset",
        "SnapshotDatasetReader",
        "SnapshotDatasetV2",
        "SnapshotNestedDatasetReader",
        "SqlDataset",
        "TFRecordDataset",
        "TFRecordDatasetV2",
        "TFRecordReader",
        "TFRecordReaderV2",
        "TextLineDataset",
        "TextLineReader",
        "TextLineReaderV2",
        "WholeFileReader",
        "WholeFileReaderV2",
        "WriteFile",
    ]
)
_PYTHON_OPS = frozenset(["EagerPyFunc", "PyFunc", "PyFuncStateless"])
_NETWORK_OPS = frozenset(
    [
        "ConfigureAndInitializeGlobalTPU",
        "ConfigureDistributedTPU",
        "ConnectTPUEmbeddingHosts",
        "DeleteRpcFutureResource",
        "Recv",
        "RegisterDataset",
        "RegisterDatasetV2",
        "RemoteCall",
        "Rpc",
        "Send",
        "TryRpc",
        "WorkerHeartbeat",
    ]
)
# Ops of these names have several versions.
_NETWORK_PREFIXES = (
    "Collective",
    "DataServiceDataset",
    "DebugIdentity",  # To the addresses, or files, in an attribute.
    "DebugN",
    "Rpc",
    "_HostRecv",
    "_HostSend",
    "_Recv",
    "_Send",
)

_FILES, _PYTHON, _NETWORK = "touches files", "runs Python", "reaches the network"

# The ops of a Saver, and the position of the file's name in their inputs.
_SAVER_OPS = {
    "MergeV2Checkpoints": 1,
    "Restore": 0,
    "RestoreSlice": 0,
    "RestoreV2": 0,
    "Save": 0,
    "SaveSlices": 0,
    "SaveV2": 0,
}
# The ops by which a Saver derives names of files from the one that it gets.
_NAMING_OPS = frozenset(
    ["Identity", "Pack", "Select", "SelectV2", "ShardedFilename", "StringJoin"]
)


def describe_effect(op: str) -> str | None:
    """Returns what an op does outside of the graph, None if nothing.

    Args:
      op: the op's name.
    """
    if op in _FILE_OPS:
        return _FILES
    if op in _PYTHON_OPS:
        return _PYTHON
    if op in _NETWORK_OPS or op.startswith(_NETWORK_PREFIXES):
        return _NETWORK
    return None


def find(saved_model: Any) -> list[str]:
    """Finds the ops that reach outside of the graphs and their functions.

    The ops by which a Saver reads and writes the checkpoint that it gets are left out.

    Args:
      saved_model: a SavedModel.

    Returns:
      A description of each op, such as 'WriteFile touches files', in the order of
      their names.
    """
    found: set[str] = set()
    for meta_graph in saved_model.meta_graphs:
        found.update(_find_in_nodes(meta_graph.graph_def.node, meta_graph))
        for function in meta_graph.graph_def.library.function:
            found.update(_find_in_nodes(function.node_def, None))
    return [f"{op} {describe_effect(op)}" for op in sorted(found)]


def _find_in_nodes(nodes: Iterable[Any], meta_graph: Any) -> set[str]:
    """Returns the ops that reach outside.

    Args:
      nodes: NodeDefs.
      meta_graph: the MetaGraphDef that has a Saver for these nodes, or None.
    """
    by_op: dict[str, list[Any]] = collections.defaultdict(list)
    for node in nodes:
        by_op[node.op].append(node)
    found = {op for op in by_op if describe_effect(op) is not None}
    if meta_graph is None:
        return found
    by_name = {node.name: node for node in nodes} if found & set(_SAVER_OPS) else {}
    filename = _name_node(meta_graph.saver_def.filename_tensor_name)
    return {
        op
        for op in found
        if op not in _SAVER_OPS
        or not all(
            _is_named_by(node, _SAVER_OPS[op], filename, by_name) for node in by_op[op]
        )
    }


def _is_named_by(
    node: Any, position: int, filename: str, by_name: Mapping[str, Any]
) -> bool:
    """Returns whether the name of a node's file comes from a Saver's."""
    pending, seen = list(node.input[position : position + 1]), set()
    while pending:
        name = _name_node(pending.pop())
        if name == filename:
            return True
        if name not in seen and name in by_name and by_name[name].op in _NAMING_OPS:
            pending += by_name[name].input
        seen.add(name)
    return False


def _name_node(tensor: str) -> str:
    """Returns the name of the node of a tensor, such as 'a' of 'a:0'."""
    return tensor.partition(":")[0]
