"""Checkpoints are read as the publisher meant them, and refused where they are not."""

from __future__ import annotations

import pathlib
import tarfile

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub.builder import module_spec
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import loading, random_init, source

_AVERAGE = "/ExponentialMovingAverage"
_CLASSIFIER = "efficientnet-b0/head/dense/"
_KERNEL = "efficientnet-b0/stem/conv2d/kernel"
_VARIANCE = "efficientnet-b0/stem/tpu_batch_normalization/moving_variance"


@pytest.fixture(name="read")
def _read(tiny, shapes):
    """Returns a function that reads weights for `tiny`."""

    def _read(path, **options) -> source.Weights:
        return loading.load(str(path), tiny, shapes, **options)

    return _read


@pytest.fixture(name="raw")
def _raw(trained, shapes) -> dict[str, np.ndarray]:
    """Each variable's own value, as a program without averages would save it."""
    return {name: trained.entries[name] for name in shapes}


@pytest.fixture(name="averages")
def _averages(trained, shapes) -> dict[str, np.ndarray]:
    return {name: trained.entries[name + _AVERAGE] for name in shapes}


def _assert_same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def _below(prefix: str, entries) -> dict[str, np.ndarray]:
    return {prefix + name: value for name, value in entries.items()}


# Which values are taken.


def test_averages_are_taken(trained, averages, raw, read):
    weights = read(trained.prefix)

    _assert_same(weights.values, averages)
    assert not np.array_equal(weights.values[_KERNEL], raw[_KERNEL])
    assert "took 64 moving averages and 0 raw values" in weights.notes[0]
    assert "64 moving averages, 0 raw values" in weights.origin


def test_raw_values_are_taken_where_that_is_said(trained, raw, read):
    weights = read(trained.prefix, moving_averages="never")

    _assert_same(weights.values, raw)
    assert "took 0 moving averages and 64 raw values" in weights.notes[0]


def test_raw_values_are_taken_where_there_is_no_average(
    averages, raw, read, write_checkpoint
):
    with_average = {n: v for n, v in averages.items() if "/moving_" not in n}
    entries = dict(
        _below("", raw), **{n + _AVERAGE: v for n, v in with_average.items()}
    )

    weights = read(write_checkpoint(entries))

    _assert_same(weights.values, dict(raw, **with_average))
    assert "took 44 moving averages and 20 raw values" in weights.notes[0]


def test_averages_alone_are_enough(averages, read, write_checkpoint):
    entries = {name + _AVERAGE: value for name, value in averages.items()}

    _assert_same(read(write_checkpoint(entries)).values, averages)


def test_averages_alone_are_no_raw_values(averages, refusal, write_checkpoint):
    path = write_checkpoint({name + _AVERAGE: v for name, v in averages.items()})

    message = refusal(path, moving_averages="never")

    assert "leave out --moving_averages=never" in message


@pytest.mark.parametrize(
    "optimizer",
    [
        tf.train.AdamOptimizer(),
        tf.train.MomentumOptimizer(0.01, momentum=0.9),
    ],
    ids=["adam", "momentum"],
)
def test_what_training_keeps_is_left_behind(optimizer, train, read, shapes):
    trained = train(optimizer)
    assert "global_step" in trained.entries

    weights = read(trained.prefix)

    assert set(weights.values) == set(shapes)
    assert len(weights.notes) == 1


def test_the_files_are_told_by_their_digests(trained, read):
    prefix = pathlib.Path(trained.prefix)
    files = [prefix.with_name(prefix.name + end) for end in (".index", _DATA)]

    digests = source.sha256_of_files(list(map(str, files)))

    for path in (prefix, files[0], prefix.parent):
        assert read(path).files == digests


# A program that used a `hub.Module`.


@pytest.fixture(scope="module", name="fine_tuned")
def _fine_tuned(tiny, tmp_path_factory):
    """A checkpoint of fine-tuning a module under a head of the program's own."""
    with tf.Graph().as_default(), tf.Session() as session:
        spec = module_spec.create_module_spec(tiny, "feature-vector", seed=3)
        module = hub.Module(spec, trainable=True, tags={"train"})
        features = module(tf.ones([2, 32, 32, 3]))
        head = tf.get_variable("my_head/kernel", [16, 2])
        loss = tf.reduce_sum(tf.matmul(features, head) ** 2)
        train_op = tf.train.AdamOptimizer().minimize(
            loss, tf.train.get_or_create_global_step()
        )
        session.run(tf.global_variables_initializer())
        session.run(train_op)
        values = session.run(module.variable_map)
        folder = tmp_path_factory.mktemp("fine_tuned")
        return tf.train.Saver().save(session, str(folder / "model.ckpt")), values


@pytest.fixture(name="without_classifier")
def _without_classifier(tiny, shapes):
    network = config_lib.get_config(tiny, num_classes=None)
    kept = {n: shape for n, shape in shapes.items() if not n.startswith(_CLASSIFIER)}
    return network, kept


def test_a_modules_variables_are_found_below_its_prefix(fine_tuned, without_classifier):
    prefix, values = fine_tuned

    weights = loading.load(prefix, *without_classifier)

    _assert_same(weights.values, values)


def test_what_else_the_program_has_is_left_behind_by_name(
    fine_tuned, without_classifier
):
    weights = loading.load(fine_tuned[0], *without_classifier)

    assert weights.notes[1] == (
        "left behind, as no part of the module that was fine-tuned: "
        "my_head/kernel, my_head/kernel/Adam, my_head/kernel/Adam_1"
    )


def test_averages_are_found_below_a_prefix(averages, read, write_checkpoint):
    entries = {name + _AVERAGE: value for name, value in averages.items()}
    path = write_checkpoint(_below("outer/module_1/", entries))

    _assert_same(read(path).values, averages)


def test_a_second_network_is_refused(raw, refusal, write_checkpoint):
    entries = dict(_below("module/", raw), **_below("module_1/", raw))

    assert "'module/', 'module_1/'" in refusal(write_checkpoint(entries))


# The classifier.


def test_a_feature_vector_module_leaves_the_classifier_behind(
    trained, averages, without_classifier
):
    assert _CLASSIFIER + "kernel/RMSProp" in trained.entries

    weights = loading.load(trained.prefix, *without_classifier)

    body = {n: v for n, v in averages.items() if not n.startswith(_CLASSIFIER)}
    _assert_same(weights.values, body)


def test_another_number_of_classes_is_refused(trained, refusal):
    message = refusal(trained.prefix, num_classes=7)

    assert "head/dense/" in message
    assert "--num_classes=10" in message and "--new_classifier" in message


def test_a_new_classifier_starts_anew(trained, averages, tiny, shapes):
    network = config_lib.get_config(tiny, num_classes=7, seed=5)
    shapes = dict(
        shapes, **{_CLASSIFIER + "kernel": [16, 7], _CLASSIFIER + "bias": [7]}
    )

    weights = loading.load(trained.prefix, network, shapes, new_classifier=True)

    assert {n: list(v.shape) for n, v in weights.values.items()} == shapes
    initial = random_init.draw(shapes, 5)
    for name, value in weights.values.items():
        expected = initial if name.startswith(_CLASSIFIER) else averages
        np.testing.assert_array_equal(value, expected[name])
    assert "took 62 moving averages" in weights.notes[0]
    assert "classifier starts anew" in weights.notes[-1]
    assert "classifier starts anew, at initial values of seed 5" in weights.origin


# Variables that are not the network's.


def test_a_missing_variable_is_refused(raw, refusal, write_checkpoint):
    del raw[_KERNEL.replace("stem", "blocks_1")]

    message = refusal(write_checkpoint(raw))

    assert "'efficientnet-b0/blocks_1/conv2d/kernel' is missing" in message


@pytest.mark.parametrize(
    "extra", ["efficientnet-b0/blocks_3/conv2d/kernel", "other", "other/kernel"]
)
def test_an_extra_variable_is_refused(extra, raw, refusal, write_checkpoint):
    path = write_checkpoint(dict(raw, **{extra: np.float32([1])}))

    assert f"'{extra}'" in refusal(path)


def test_an_extra_variable_of_the_module_is_refused(raw, refusal, write_checkpoint):
    entries = dict(_below("module/", raw), **{"module/other": np.float32([1])})

    assert "'module/other'" in refusal(write_checkpoint(entries))


def test_another_variants_width_is_refused(raw, refusal, write_checkpoint):
    path = write_checkpoint(dict(raw, **{_KERNEL: np.ones([3, 3, 3, 40], np.float32)}))

    assert refusal(path) == (
        f"variable '{_KERNEL}' has shape (3, 3, 3, 40) in checkpoint '{path}', "
        "(3, 3, 3, 8) in efficientnet-b0: is it of another variant?"
    )


def test_another_variants_name_is_refused(raw, refusal, write_checkpoint):
    entries = {name.replace("-b0", "-b1"): value for name, value in raw.items()}

    message = refusal(write_checkpoint(entries))

    assert "must hold the variables of efficientnet-b0" in message
    assert "it holds efficientnet-b1; is it of another variant?" in message


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (_KERNEL, np.nan, "must be finite, found nan"),
        (_KERNEL, np.inf, "must be finite, found inf"),
        (_VARIANCE, -0.5, "must not be negative, found -0.5"),
    ],
)
def test_what_is_no_weight_is_refused(
    name, value, told, raw, refusal, write_checkpoint
):
    values = raw[name].copy()
    values.flat[-1] = value

    message = refusal(write_checkpoint(dict(raw, **{name: values})))

    assert f"'{name}'" in message and told in message


# Where a checkpoint may be.


_DATA = ".data-00000-of-00001"


@pytest.mark.parametrize("end", ["", ".index", ".meta", _DATA])
def test_any_of_its_files_names_it(end, trained, averages, read):
    _assert_same(read(trained.prefix + end).values, averages)


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_stands_for_the_checkpoint_its_file_names(
    end, raw, read, tmp_path, write_checkpoint
):
    old = dict(raw, **{_KERNEL: 2 * raw[_KERNEL]})
    write_checkpoint(old, tmp_path, "model.ckpt-1")
    write_checkpoint(raw, tmp_path, "model.ckpt-2")
    write_checkpoint(old, tmp_path, "model.ckpt-10")
    # As it was where the program ran.
    (tmp_path / "checkpoint").write_text(
        'model_checkpoint_path: "/cns/of/the/publisher/model.ckpt-2"\n'
        'all_model_checkpoint_paths: "/cns/of/the/publisher/model.ckpt-10"\n'
    )

    _assert_same(read(str(tmp_path) + end).values, raw)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"model_checkpoint_path"])
def test_a_folder_stands_for_its_only_checkpoint(
    content, raw, read, tmp_path, write_checkpoint
):
    write_checkpoint(raw, tmp_path)
    if content is None:
        (tmp_path / "checkpoint").unlink()
    else:
        (tmp_path / "checkpoint").write_bytes(content)

    _assert_same(read(tmp_path).values, raw)


@pytest.mark.parametrize("names", [[], ["a", "b"]])
def test_a_folder_without_the_one_checkpoint_is_refused(
    names, raw, refusal, tmp_path, write_checkpoint
):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name in names:
        write_checkpoint(raw, folder, name)
        (folder / "checkpoint").unlink()

    assert "must hold one checkpoint" in refusal(folder)


@pytest.fixture(name="pack")
def _pack(tmp_path):
    """Returns a function that packs folders as the publisher packs one."""

    def _pack(*folders, path=tmp_path / "efficientnet-b0.tar.gz"):
        with tarfile.open(str(path), "w:gz") as tar:
            for count, folder in enumerate(folders):
                tar.add(str(folder), "efficientnet-b%d" % count)
        return path

    return _pack


def test_an_archive_is_read_as_the_publisher_packs_it(trained, averages, read, pack):
    path = pack(pathlib.Path(trained.prefix).parent)

    weights = read(path)

    _assert_same(weights.values, averages)
    assert weights.files == source.sha256_of_files([str(path)])
    assert "checkpoint efficientnet-b0.tar.gz" in weights.origin


@pytest.mark.parametrize("count", [0, 2])
def test_an_archive_without_the_one_folder_is_refused(count, trained, refusal, pack):
    path = pack(*count * [pathlib.Path(trained.prefix).parent])

    assert "one folder with a checkpoint, found %d" % count in refusal(path)


def test_an_archive_that_reaches_outside_is_refused(trained, refusal, tmp_path):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(str(path), "w:gz") as tar:
        tar.add(str(pathlib.Path(trained.prefix).parent), "efficientnet-b0")
        tar.add(trained.prefix + ".index", "../evil.index")

    assert "must stay in its own folder, found the member '../evil" in refusal(path)


def test_a_truncated_archive_is_refused(trained, refusal, pack):
    path = pack(pathlib.Path(trained.prefix).parent)
    path.write_bytes(path.read_bytes()[:-1])

    assert "truncated or damaged" in refusal(path)


def test_an_archive_that_unpacks_to_more_than_a_checkpoint_is_refused(
    refusal, pack, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "efficientnet_hub.export.weights.checkpoint._MAX_GRAPH_BYTES", 0
    )
    (tmp_path / "zeros").mkdir()
    (tmp_path / "zeros" / "model.ckpt.index").write_bytes(b"\0" * 2**20)

    assert "archive bomb" in refusal(pack(tmp_path / "zeros"))


@pytest.mark.parametrize(
    "path", ["nothing", "nothing/model.ckpt", "nothing.tar.gz", "nothing.index"]
)
def test_nothing_there_is_told(path, refusal, tmp_path):
    assert "no checkpoint found at" in refusal(tmp_path / path)


@pytest.mark.parametrize("name", ["notes.txt", "notes.index", "notes.tar.gz"])
def test_a_text_file_is_refused(name, refusal, tmp_path):
    path = tmp_path / name
    path.write_text("Not a checkpoint.\n" * 100)

    assert str(path).replace(".index", "") in refusal(path)


# Damage.


@pytest.fixture(params=[".index", _DATA], name="file")
def _file(request, raw, tmp_path, write_checkpoint) -> pathlib.Path:
    """A file of a checkpoint that holds nothing but what is read."""
    return pathlib.Path(write_checkpoint(raw, tmp_path) + request.param)


@pytest.mark.parametrize("kept", [0, 1, 1000, -1])
def test_a_truncated_file_is_refused(kept, file, refusal):
    file.write_bytes(file.read_bytes()[:kept])

    assert "missing, truncated or damaged" in refusal(file)


def test_a_missing_file_is_refused(file, refusal):
    file.unlink()

    refusal(str(file).rsplit(".", 1)[0])


def test_a_flipped_bit_is_refused(file, refusal):
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 4
    file.write_bytes(content)

    assert "missing, truncated or damaged" in refusal(file)


def test_no_flipped_bit_changes_a_weight(file, raw, read):
    content = file.read_bytes()
    refused = 0
    positions = range(0, len(content), 1 + len(content) // 200)
    for count, position in enumerate(positions):
        flipped = bytearray(content)
        flipped[position] ^= 1 << count % 8
        file.write_bytes(flipped)
        try:
            _assert_same(read(file).values, raw)
        except ValueError as error:
            assert "missing, truncated or damaged" in str(error)
            refused += 1
    # A few bytes of the index say nothing.
    assert refused > 0.95 * len(positions)
