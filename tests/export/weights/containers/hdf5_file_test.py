"""HDF5 files are read as data."""

from __future__ import annotations

import os

import h5py
import numpy as np
import pytest
from h5py import h5s

from efficientnet_hub import errors
from efficientnet_hub.export.weights.containers import (
    hdf5_objects,
    refusal,
)
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights.containers import hdf5_reading, keras_models

# What Keras writes.


def test_the_weights_that_keras_2_saved_are_read_by_the_names_of_variables(path):
    model = keras_models.make_model()
    model.save_weights(str(path), save_format="h5")
    expected = keras_models.values(model)

    found = hdf5_reading.read(path)

    by_variable = {
        name.split("/", 1)[1].split(":")[0]: value
        for name, value in found.arrays.items()
    }
    assert len(expected) == 8 and set(by_variable) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(by_variable[name], value)
        assert by_variable[name].dtype == np.float32
        assert not by_variable[name].flags.writeable
    assert found.left_out == {
        "normalization/normalization/count:0": ("integer of 8 bytes", ())
    }


def test_the_attributes_that_keras_2_wrote_are_texts(path):
    model = keras_models.make_model()
    model.save(str(path))

    attributes = hdf5_reading.read(path).metadata["attributes"]

    assert attributes[""]["backend"] == "tensorflow"
    assert attributes[""]["keras_version"].startswith("2.")
    assert '"stem_conv"' in attributes[""]["model_config"]
    assert attributes["model_weights"]["layer_names"] == [
        "stem_conv",
        "stem_bn",
        "normalization",
    ]
    names = attributes["model_weights/stem_conv"]["weight_names"]
    assert names == ["stem_conv/kernel:0", "stem_conv/bias:0"]


def test_the_weights_that_keras_saves_by_type_and_order_are_read(tmp_path):
    model = keras_models.make_model()
    path = tmp_path / "model.weights.h5"
    model.save_weights(str(path))

    found = hdf5_reading.read(path)

    kernel, bias = model.get_layer("stem_conv").get_weights()
    suffixes = ("conv2d/vars/0", "conv2d/vars/1")
    by_suffix = {
        suffix: value
        for name, value in found.arrays.items()
        for suffix in suffixes
        if name.endswith(suffix)
    }
    np.testing.assert_array_equal(by_suffix[suffixes[0]], kernel)
    np.testing.assert_array_equal(by_suffix[suffixes[1]], bias)


def test_names_in_several_attributes_are_one_list(path, file):
    # As Keras 2 writes more than 64 KB of names.
    for count in range(3):
        file.attrs[f"layer_names{count}"] = np.array([b"a%d" % count, b"b%d" % count])
    file.close()

    names = hdf5_reading.read(path).metadata["attributes"][""]["layer_names"]

    assert names == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_an_empty_list_of_names_is_one(path, file):
    # As Keras writes that a layer has no weights.
    file.create_group("input_1").attrs["weight_names"] = np.array([])
    file.close()

    assert hdf5_reading.read(path).metadata["attributes"]["input_1"] == {
        "weight_names": []
    }


def test_the_name_of_a_layer_of_keras_3_is_read(path, file):
    file.create_group("layers/conv2d/vars").attrs["name"] = "stem_conv"
    file.close()

    attributes = hdf5_reading.read(path).metadata["attributes"]

    assert attributes == {"layers/conv2d/vars": {"name": "stem_conv"}}


def test_bfloat16_of_keras_3_becomes_float32(path, file):
    # As saving_lib.py of Keras 3 does; the bits of 1, -2 and the number after 1.
    bits = np.array([0x3F80, 0xC000, 0x3F81], "<u2")
    file.create_dataset("a", data=bits.view("V2")).attrs["dtype"] = "bfloat16"
    file.create_dataset("b", data=bits.view("V2"))
    file.close()

    found = hdf5_reading.read(path)

    assert found.arrays["a"].dtype == np.float32
    assert found.arrays["a"].tolist() == [1, -2, 1.0078125]
    assert set(found.left_out) == {"b"}


# What other programs write.


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f2", ">f4", ">f8"])
@pytest.mark.parametrize("shape", cases.slow_after(1, [[2, 3, 4], [], [0, 3], [5]]))
def test_floats_of_each_width_and_shape_are_read(dtype, shape, path, file):
    written = np.random.RandomState(1).rand(*shape)
    file["a"] = np.asarray(written, dtype)
    file.close()

    found = hdf5_reading.read(path).arrays["a"]

    assert found.dtype == np.dtype(dtype).newbyteorder("=") and found.shape == tuple(
        shape
    )
    np.testing.assert_array_equal(found, np.asarray(written, dtype))


@pytest.mark.parametrize(
    "options",
    [
        {"chunks": (3, 2)},
        {"compression": "gzip"},
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"maxshape": (None, 7)},
    ],
)
def test_chunks_and_gzip_are_read(options, path, file):
    written = np.random.RandomState(1).rand(10, 7)
    file.create_dataset("a", data=written, **options)
    file.close()

    np.testing.assert_array_equal(hdf5_reading.read(path).arrays["a"], written)


@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_each_version_of_the_format_is_read(version, path):
    with h5py.File(str(path), "w", libver=version, userblock_size=512) as file:
        file["group/a"] = hdf5_reading.ONES
        file.attrs["layer_names"] = ["a", "Größe"]

    found = hdf5_reading.read(path)

    np.testing.assert_array_equal(found.arrays["group/a"], hdf5_reading.ONES)
    assert found.metadata == {"attributes": {"": {"layer_names": ["a", "Größe"]}}}


def test_other_types_are_left_out(path, file):
    file["text"] = "a"
    file["count"] = 1
    file["complex"] = np.ones(2, np.complex64)
    file["empty"] = h5py.Empty("f4")
    file.close()

    found = hdf5_reading.read(path)

    assert set(found.left_out) == {"text", "count", "complex", "empty"}
    assert not found.arrays


# What is refused.


def test_a_soft_link_is_refused(file):
    file["a"] = hdf5_reading.ONES
    file["b"] = h5py.SoftLink("/a")

    assert "'b', a soft or external link" in hdf5_reading.refusal(file)


def test_an_external_link_is_refused(file, tmp_path):
    with h5py.File(str(tmp_path / "secret.h5"), "w") as other:
        other["a"] = hdf5_reading.ONES
    file["b"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/a")

    assert "'b', a soft or external link" in hdf5_reading.refusal(file)


def test_values_in_another_file_are_refused(file, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(24))
    file.create_dataset("a", (6,), "f4", external=[(str(tmp_path / "secret"), 0, 24)])

    assert "dataset 'a' with its values in another file" in hdf5_reading.refusal(file)


def test_a_virtual_dataset_is_refused(file, tmp_path):
    with h5py.File(str(tmp_path / "secret.h5"), "w") as other:
        other["a"] = hdf5_reading.ONES
    layout = h5py.VirtualLayout((2, 3), "f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "a", (2, 3))
    file.create_virtual_dataset("b", layout)

    assert "dataset 'b', a virtual one" in hdf5_reading.refusal(file)


@pytest.mark.parametrize(
    "options", [{"compression": "lzf"}, {"scaleoffset": 3, "dtype": "f4"}]
)
def test_another_filter_than_gzip_is_refused(options, file):
    file.create_dataset("a", data=hdf5_reading.ONES, chunks=(2, 3), **options)

    assert "which is not gzip" in hdf5_reading.refusal(file)


def test_a_dataset_with_two_names_is_refused(file):
    file["a"] = hdf5_reading.ONES
    file["b"] = file["a"]

    assert "'b', which also has another name" in hdf5_reading.refusal(file)


def test_a_group_inside_itself_is_refused(file):
    inner = file.create_group("a/b")
    inner["c"] = file["a"]

    assert "'a/b/c', which also has another name" in hdf5_reading.refusal(file)


def test_too_many_levels_are_refused(file):
    file.create_group("/".join(40 * "a"))

    assert "more than 32 levels" in hdf5_reading.refusal(file)


def test_a_committed_type_is_refused(file):
    file["a"] = np.dtype("f4")

    assert "'a', which is no group and no dataset" in hdf5_reading.refusal(file)


def test_a_name_that_a_terminal_executes_is_refused(file):
    file["\x1b[31m"] = hdf5_reading.ONES

    assert r"'\x1b[31m'" in hdf5_reading.refusal(file)


@pytest.mark.parametrize("value", [1.5, np.ones(2), np.ones((2, 2), "S3"), b"\xff"])
def test_an_attribute_that_is_no_text_is_refused(value, file):
    file.attrs["layer_names"] = value

    assert "attribute 'layer_names' of '/', which is no" in hdf5_reading.refusal(file)


def test_texts_of_more_than_a_model_needs_are_refused(file):
    # Longer ones are not in the header of an object.
    for count in range(200):
        file.create_group(str(count)).attrs["name"] = np.bytes_(30_000 * b"a")

    assert "more bytes or texts than a model needs" in hdf5_reading.refusal(file, 2**26)


def test_many_objects_are_refused(path, file, monkeypatch):
    for name in "abc":
        file[name] = hdf5_reading.ONES
    monkeypatch.setattr(hdf5_objects, "_MOST_OBJECTS", 3)

    with pytest.raises(refusal.RefusedError, match="more than 3 groups and datasets"):
        list(hdf5_objects.ObjectLister(h5py).walk(h5py.h5g.open(file.id, b"/")))


def test_values_that_are_not_in_the_file_are_refused(file):
    file.create_dataset("a", (100,), "f4")

    assert "dataset 'a' of 400 bytes, of which it has 0" in hdf5_reading.refusal(file)


def test_a_gzip_bomb_is_refused_by_the_size_that_it_claims(path, file):
    zeros = np.zeros(2**22, np.float32)
    file.create_dataset("a", data=zeros, chunks=(2**20,), compression="gzip")
    file.close()

    assert path.stat().st_size < 2**16
    assert (
        f"arrays of at most {hdf5_reading.BYTES} bytes, found more"
        in hdf5_reading.refusal(path)
    )
    assert hdf5_reading.read(path, 2**24).arrays["a"].nbytes == 2**24


def test_a_shape_that_gzip_cannot_reach_is_refused(file):
    # Only one of the chunks is in the file.
    dataset = file.create_dataset(
        "a", (2**40,), "f4", chunks=(2**10,), compression="gzip"
    )
    dataset[:10] = 1

    assert (
        "dataset 'a' of 4398046511104 bytes, of which it has"
        in hdf5_reading.refusal(file)
    )


def test_a_file_that_is_too_large_is_refused(path, file):
    file["a"] = hdf5_reading.ONES
    file.close()
    with open(path, "r+b") as opened:
        opened.truncate(2**40)

    assert f"at most {hdf5_reading.BYTES} bytes, found {2**40}" in hdf5_reading.refusal(
        path
    )


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"<html>", "an HTML or XML page"),
        (b"\x80\x02}.", "a file that begins with b'\\x80\\x02}.'"),
        (b"\x89HDF\r\n\x1a\n", "what the library refuses"),
        (bytes(512) + b"\x89HDF\r\n\x1a\n", "what the library refuses"),
    ],
)
def test_another_kind_of_file_is_refused(content, found, path):
    path.write_bytes(content)

    assert found in hdf5_reading.refusal(path)


def test_a_pipe_or_nothing_is_refused(path):
    assert "no such file" in hdf5_reading.refusal(path)
    os.mkfifo(path)
    with pytest.raises(errors.InputError, match="found a named pipe"):
        hdf5_reading.read(path)


def test_a_truncated_file_is_refused(path, file):
    file["a"] = np.random.RandomState(1).rand(1000)
    file.close()
    content = path.read_bytes()
    for length in range(8, len(content), len(content) // 4):
        path.write_bytes(content[:length])
        assert "the file was cut off or damaged" in hdf5_reading.refusal(path)


def test_a_space_of_no_values_is_no_array(path, file):
    space = h5s.create(h5s.NULL)
    h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F32LE, space)
    file.close()

    assert set(hdf5_reading.read(path).left_out) == {"a"}
