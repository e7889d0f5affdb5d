"""Tests what `inspect` describes of a module, without running it."""

from __future__ import annotations

import functools
import os
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export import inspection
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.writers import hub_format
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export import attaching

_SAVED_MODEL = module_files.SAVED_MODEL_FILE


def _facts(text: str) -> dict[str, str]:
    """Returns the lines before the first tag set, by their names."""
    lines = text.split("\n\n")[0].splitlines()
    return dict(map(str.strip, line.split(":", 1)) for line in lines)


def _signatures(text: str) -> dict[tuple[str, str], list[str]]:
    """Returns the words of each input and output by tag set and signature."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("tag set"):
            tags = line[len("tag set ") : line.index(":")]
        elif line.startswith("  signature"):
            lines = found.setdefault((tags, words[1]), [])
        elif line.startswith("    "):
            lines.append(" ".join(words))
    return found


@pytest.fixture(scope="module")
def described(module) -> str:
    return str(inspection.inspect_module(module.directory))


@pytest.fixture
def copied(module, tmp_path) -> pathlib.Path:
    """A copy of the module, to be changed."""
    return pathlib.Path(shutil.copytree(module.directory, str(tmp_path / "module")))


@pytest.fixture
def change(copied):
    """Returns a function that changes the copy's SavedModel by a function."""

    def _change(function) -> str:
        saved_model = module_files.read_saved_model(str(copied))
        function(saved_model)
        (copied / _SAVED_MODEL).write_bytes(saved_model.SerializeToString())
        return str(copied)

    return _change


def _write(folder: pathlib.Path, *meta_graphs) -> str:
    """Writes a module with other weights than those of its graphs."""
    folder.mkdir()
    hub_format.write_variables(str(folder), {"none": np.zeros(1)})
    hub_format.write_graphs(str(folder), meta_graphs)
    return str(folder)


def test_the_network_is_described(described):
    facts = _facts(described)

    assert facts["model"] == "efficientnet-b0"
    assert facts["task"] == "classification"
    assert facts["preprocessing"] == "imagenet"
    assert facts["weights"] == "initial values of seed 0"
    assert facts["image size"] == "32 x 32"
    assert facts["written by"] == "TensorFlow " + tf.__version__
    assert facts["loads in"] == "TensorFlow 1.13.1 and newer"


def test_the_parameters_are_those_of_the_variables(described, shapes):
    sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    moving = sum(size for name, size in sizes.items() if "/moving_" in name)

    trainable = sum(sizes.values()) - moving
    assert _facts(described)["parameters"] == f"{trainable} trainable, {moving} not"


def test_b0_has_its_published_parameters_and_classes(tmp_path):
    config = module_config.module_config("efficientnet-b0")
    graph = graphs.inference_graphs(config)[0]
    meta_graph = hub_format.export_meta_graph(graph, graphs.attachments(config))

    described = inspection.inspect_module(_write(tmp_path / "b0", meta_graph))

    facts = _facts(str(described))
    assert facts["parameters"].startswith("5288548 trainable, ")
    assert facts["image size"] == "224 x 224"
    assert facts["class names"] == "1000, 'tench' ... 'toilet tissue'"
    outputs = described.graphs[0].signatures["default"].outputs
    blocks = [key for key in outputs if "/block_" in key]
    assert blocks == [f"efficientnet-b0/block_{number}" for number in range(16)]


def test_a_license_is_described_if_the_module_has_one(described, trained, export):
    unlicensed = export(trained.prefix, archive=None)

    assert _facts(described)["license"] == "Apache-2.0"
    assert "license" not in _facts(str(inspection.inspect_module(unlicensed.directory)))


def test_each_tag_set_has_its_signatures(described):
    both = {
        "default",
        "image_classification",
        "image_classification_with_bn_hparams",
        "image_feature_vector",
        "image_feature_vector_with_bn_hparams",
    }

    assert set(_signatures(described)) == {
        *(("{}", name) for name in both),
        *(('{"train"}', name) for name in both),
        ('{"serve"}', "serving_default"),
    }


@pytest.mark.parametrize(
    ("signature", "lines"),
    [
        (
            ("{}", "default"),
            [
                "in images float32 (None, None, None, 3)",
                "out default float32 (None, 10)",
                "out efficientnet-b0/stem float32 (None, None, None, 8)",
            ],
        ),
        (
            ('{"train"}', "image_feature_vector_with_bn_hparams"),
            [
                "in batch_norm_momentum float32 ()",
                "in images float32 (None, None, None, 3)",
                "out default float32 (None, 16)",
            ],
        ),
        (
            ('{"serve"}', "serving_default"),
            [
                "in images float32 (None, None, None, 3)",
                "out logits float32 (None, 10)",
                "out probabilities float32 (None, 10)",
            ],
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_signature_has_types_and_shapes(signature, lines, described):
    assert set(lines) <= set(_signatures(described)[signature])


def test_each_tag_set_has_its_ops(described):
    ops = [line for line in described.splitlines() if line.startswith("  ops: ")]

    assert len(ops) == 3
    for line in ops:
        assert " VarHandleOp, " in line


def test_an_archive_is_described_like_its_directory(described, module):
    assert str(inspection.inspect_module(module.archive)) == described


def test_an_archive_is_not_read_as_far_as_its_weights(module, described, tmp_path):
    content = pathlib.Path(module.archive).read_bytes()
    (tmp_path / "start.tar.gz").write_bytes(content[:-1000])

    assert str(inspection.inspect_module(str(tmp_path / "start.tar.gz"))) == described


def test_neither_tensorflow_nor_numpy_is_needed(module, described):
    printed = fresh_process.run(
        "import sys\n"
        "sys.modules['tensorflow'] = sys.modules['numpy'] = None  # not installed\n"
        "from efficientnet_hub.export import inspection\n"
        f"print(inspection.inspect_module({module.directory!r}))"
    )

    assert printed == described + "\n"


def test_nothing_is_executed(copied, described):
    shutil.rmtree(str(copied / "variables"))

    assert str(inspection.inspect_module(str(copied))) == described


@pytest.mark.parametrize(
    ("op", "versions"),
    [
        ("FusedBatchNormV3", "TensorFlow 1.14.0 and newer"),
        ("FormatAllDisks", "not known to load in TensorFlow 1.15.5 or older"),
    ],
)
def test_the_ops_determine_the_oldest_tensorflow(op, versions, change):
    def _add(saved_model):
        saved_model.meta_graphs[0].graph_def.node.add(name="node", op=op)

    assert _facts(str(inspection.inspect_module(change(_add))))["loads in"] == versions


def _embed(signature: str) -> None:
    """Builds a module for text."""
    texts = tf.placeholder(tf.string, [None])
    table = tf.get_variable("table", [3, 7], use_resource=False)
    vectors = tf.gather(table, tf.string_to_hash_bucket_fast(texts, 3))
    hub.add_signature(signature, {"texts": texts}, {"default": vectors})


@pytest.mark.parametrize("signature", ["default", "embedding"])
def test_a_module_for_text_is_described(signature, tmp_path):
    spec = hub.create_module_spec(functools.partial(_embed, signature))
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(spec)
        session.run(tf.global_variables_initializer())
        module.export(str(tmp_path / "text"), session)

    described = str(inspection.inspect_module(str(tmp_path / "text")))

    assert _facts(described)["image size"] == "not said"
    assert _facts(described)["parameters"] == "21 trainable, 0 not"
    assert _signatures(described) == {
        ("{}", signature): ["in texts string (None,)", "out default float32 (None, 7)"]
    }


@pytest.mark.parametrize("sizes", [None, [], [7], [None, 7]])
@pytest.mark.parametrize("dtype", [tf.float16, tf.string, tf.resource, tf.bool])
def test_types_and_shapes_are_written_as_tensorflow_writes_them(dtype, sizes, change):
    shape = tf.TensorShape(sizes)

    def _change(saved_model):
        signature = saved_model.meta_graphs[0].signature_def["default"]
        info = signature.inputs["images"]
        info.dtype = dtype.as_datatype_enum
        info.tensor_shape.ParseFromString(shape.as_proto().SerializeToString())

    lines = _signatures(str(inspection.inspect_module(change(_change))))[
        "{}", "default"
    ]

    written = "<unknown>" if sizes is None else str(tuple(sizes))
    assert lines[0] == f"in images {dtype.name} {written}"


# Damage.


def _refusal(path) -> str:
    with pytest.raises(errors.InputError) as caught:
        inspection.inspect_module(str(path))
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", [module_files.MODULE_FILE, _SAVED_MODEL])
def test_a_missing_file_is_named(name, copied):
    os.remove(str(copied / name))

    assert f"found no file {name} in it" in _refusal(copied)


@pytest.mark.parametrize("name", [module_files.MODULE_FILE, _SAVED_MODEL])
def test_a_file_of_other_bytes_is_named(name, copied):
    (copied / name).write_bytes(b"\xff" * 9)

    assert "'%s' must hold a protocol message" % (copied / name) in _refusal(copied)


def test_a_truncated_file_is_refused(copied):
    path = copied / _SAVED_MODEL
    path.write_bytes(path.read_bytes()[:-100])

    assert "damaged" in _refusal(copied)


def _spoil_a_variable(saved_model):
    variables = saved_model.meta_graphs[0].collection_def["variables"]
    variables.bytes_list.value[0] = b"\xff"


def _spoil_an_attachment(saved_model):
    attached = saved_model.meta_graphs[0].collection_def["hub_module_attachments"]
    attached.bytes_list.value[0] = b"\xff"


def _take_a_type(saved_model):
    signature = saved_model.meta_graphs[0].signature_def["default"]
    signature.inputs["images"].dtype = 0


def _rename_a_variable(saved_model):
    for node in saved_model.meta_graphs[0].graph_def.node:
        if node.op == "VarHandleOp":
            node.name += "_renamed"


@pytest.mark.parametrize(
    "spoil",
    [_spoil_a_variable, _spoil_an_attachment, _take_a_type, _rename_a_variable],
)
def test_graphs_whose_parts_do_not_belong_together_are_refused(spoil, change):
    module = change(spoil)

    assert _refusal(module).startswith(f"module '{module}' must hold ")


def test_a_module_without_a_graph_is_refused(change):
    module = change(lambda saved_model: saved_model.ClearField("meta_graphs"))

    assert _refusal(module) == f"module '{module}' must hold a graph, found none"


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "model",
            ["efficientnet-b0"],
            "'model' as text in its attached message 'network', found a list",
        ),
        (
            "class_names",
            ["cat", 3],
            "the name of class 1 as text in its attached message 'class_names', found "
            "the number 3",
        ),
    ],
)
def test_an_attached_value_of_another_type_is_refused(
    key, value, sentence, module, tmp_path
):
    foreign = attaching.copy(module.directory, str(tmp_path / "foreign"), key, value)

    assert _refusal(foreign) == (
        f"module '{foreign}' must say {sentence}: did another program write it?"
    )


def test_ops_that_reach_outside_are_named(change, described):
    def _add(saved_model):
        graph_def = saved_model.meta_graphs[1].graph_def
        graph_def.node.add(name="write", op="WriteFile")
        graph_def.library.function[0].node_def.add(name="run", op="PyFunc")

    found = _facts(str(inspection.inspect_module(change(_add))))["reaches outside"]

    assert found == "PyFunc runs Python, WriteFile touches files"
    assert _facts(described)["reaches outside"] == "no op"


@pytest.mark.parametrize("length", range(0, 100, 7))
def test_a_flipped_bit_ends_in_one_sentence(length, copied):
    path = copied / _SAVED_MODEL
    content = bytearray(path.read_bytes())
    position = len(content) * length // 100
    for bit in range(8):
        flipped = bytearray(content)
        flipped[position] ^= 1 << bit
        path.write_bytes(flipped)
        try:
            inspection.inspect_module(str(copied))
        except errors.InputError as error:
            assert str(copied) in str(error) and "\n" not in str(error)
