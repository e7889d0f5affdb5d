"""Finds the ops that reach outside of a graph: files, Python and the network.

A module that computes with images needs none of them, except that its Saver reads the
checkpoint.
"""

from __future__ import annotations

from typing import Any, Iterable

from . import saver_ops

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
      saved_model: a SavedModel, see `saved_model_messages`.

    Returns:
      A description of each op, such as 'WriteFile touches files', in the order of
      their names.
    """
    found: set[str] = set()
    for meta_graph in saved_model.meta_graphs:
        savers = saver_ops.find(meta_graph)
        nodes = meta_graph.graph_def.node
        found.update(_find_in_nodes(node for node in nodes if node.name not in savers))
        for function in meta_graph.graph_def.library.function:
            found.update(_find_in_nodes(function.node_def))
    return [f"{op} {describe_effect(op)}" for op in sorted(found)]


def _find_in_nodes(nodes: Iterable[Any]) -> set[str]:
    """Returns the ops of NodeDefs that reach outside."""
    ops = {node.op for node in nodes}
    return {op for op in ops if describe_effect(op) is not None}
