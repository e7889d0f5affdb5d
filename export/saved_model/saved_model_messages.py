"""The protocol messages of a SavedModel, without TensorFlow.

They have only the fields that are needed to read a module. Other fields, such as the
numbers in constants, are not parsed, which makes reading fast.
"""

from __future__ import annotations

from ...signatures import dynamic_messages as proto

# Copied from saved_model.proto, meta_graph.proto, graph.proto, function.proto,
# node_def.proto, attr_value.proto, tensor.proto, tensor_shape.proto, versions.proto,
# saver.proto, saved_object_graph.proto and variable.proto of TensorFlow's packages
# core/framework and core/protobuf.
_CLASSES = proto.make_classes(
    "tensorflow",
    {
        "SavedModel": [proto.Field("meta_graphs", 2, "MetaGraphDef", repeated=True)],
        "MetaGraphDef": [
            proto.Field("meta_info_def", 1, "MetaInfoDef"),
            proto.Field("graph_def", 2, "GraphDef"),
            proto.Field("saver_def", 3, "SaverDef"),
            proto.Field("collection_def", 4, "CollectionDef", by_string=True),
            proto.Field("signature_def", 5, "SignatureDef", by_string=True),
            proto.Field("asset_file_def", 6, "AssetFileDef", repeated=True),
            proto.Field("object_graph_def", 7, "SavedObjectGraph"),
        ],
        "MetaInfoDef": [
            proto.Field("stripped_op_list", 2, "OpList"),
            proto.Field("tags", 4, proto.STRING, repeated=True),
            proto.Field("tensorflow_version", 5, proto.STRING),
        ],
        "OpList": [proto.Field("op", 1, "OpDef", repeated=True)],
        "OpDef": [proto.Field("name", 1, proto.STRING)],
        "SaverDef": [
            proto.Field("filename_tensor_name", 1, proto.STRING),
            proto.Field("save_tensor_name", 2, proto.STRING),
            proto.Field("restore_op_name", 3, proto.STRING),
        ],
        "AssetFileDef": [proto.Field("tensor_info", 1, "TensorInfo")],
        "SavedObjectGraph": [],
        "CollectionDef": [
            proto.Field("node_list", 1, "NodeList", oneof="kind"),
            proto.Field("bytes_list", 2, "BytesList", oneof="kind"),
        ],
        "NodeList": [proto.Field("value", 1, proto.STRING, repeated=True)],
        "BytesList": [proto.Field("value", 1, proto.BYTES, repeated=True)],
        "SignatureDef": [
            proto.Field("inputs", 1, "TensorInfo", by_string=True),
            proto.Field("outputs", 2, "TensorInfo", by_string=True),
        ],
        "TensorInfo": [
            proto.Field("name", 1, proto.STRING, oneof="encoding"),
            proto.Field("dtype", 2, proto.ENUM),
            proto.Field("tensor_shape", 3, "TensorShapeProto"),
        ],
        "TensorShapeProto": [
            proto.Field("dim", 2, "Dim", repeated=True),
            proto.Field("unknown_rank", 3, proto.BOOL),
        ],
        "Dim": [proto.Field("size", 1, proto.INT64)],
        "GraphDef": [
            proto.Field("node", 1, "NodeDef", repeated=True),
            proto.Field("library", 2, "FunctionDefLibrary"),
            proto.Field("versions", 4, "VersionDef"),
        ],
        "VersionDef": [proto.Field("min_consumer", 2, proto.INT32)],
        "FunctionDefLibrary": [
            proto.Field("function", 1, "FunctionDef", repeated=True)
        ],
        "FunctionDef": [
            proto.Field("signature", 1, "OpDef"),
            proto.Field("node_def", 3, "NodeDef", repeated=True),
        ],
        "NodeDef": [
            proto.Field("name", 1, proto.STRING),
            proto.Field("op", 2, proto.STRING),
            proto.Field("input", 3, proto.STRING, repeated=True),
            proto.Field("attr", 5, "AttrValue", by_string=True),
        ],
        "AttrValue": [
            proto.Field("list", 1, "ListValue", oneof="value"),
            proto.Field("s", 2, proto.BYTES, oneof="value"),
            proto.Field("type", 6, proto.ENUM, oneof="value"),
            proto.Field("shape", 7, "TensorShapeProto", oneof="value"),
            proto.Field("tensor", 8, "TensorProto", oneof="value"),
            proto.Field("func", 10, "NameAttrList", oneof="value"),
        ],
        "ListValue": [
            proto.Field("s", 2, proto.BYTES, repeated=True),
            proto.Field("type", 6, proto.ENUM, repeated=True),
            proto.Field("func", 9, "NameAttrList", repeated=True),
        ],
        "TensorProto": [proto.Field("string_val", 8, proto.BYTES, repeated=True)],
        "NameAttrList": [proto.Field("name", 1, proto.STRING)],
        "VariableDef": [proto.Field("variable_name", 1, proto.STRING)],
    },
)

SavedModel = _CLASSES["SavedModel"]
CollectionDef = _CLASSES["CollectionDef"]
VariableDef = _CLASSES["VariableDef"]
