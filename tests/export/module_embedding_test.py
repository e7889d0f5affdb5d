"""Tests what `embed` writes, that it can be continued, and what it refuses."""

from __future__ import annotations

import functools
import os
import pathlib
import shutil
import signal

import numpy as np
import pyarrow.parquet
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image

from efficientnet_hub import errors
from efficientnet_hub.embedding import options
from efficientnet_hub.export import (
    classification,
    embedder,
    embedding_output,
    image_module,
    module_embedding,
    runner,
)
from efficientnet_hub.tests.export import attaching

_IMAGES = 11
_DAMAGED = b"\x89PNG\r\n\x1a\nno more"


@pytest.fixture(scope="session")
def _images(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for number in range(_IMAGES):
        path = folder / ("a/b", "a", "")[number % 3] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.randint(0, 256, [3, 4, 3]).astype(np.uint8)
        Image.fromarray(pixels).resize((50, 40)).save(str(path))
    return folder


@pytest.fixture(autouse=True)
def _load_once(load_once, monkeypatch):
    """Keeps modules that are loaded: loading takes most of the time of a test."""
    monkeypatch.setattr(runner, "open_module", load_once)


@pytest.fixture(scope="module")
def load_once():
    return functools.lru_cache(maxsize=None)(runner.open_module)


@pytest.fixture
def images(_images, tmp_path) -> pathlib.Path:
    """A copy of the images that a test may change."""
    return pathlib.Path(shutil.copytree(str(_images), str(tmp_path / "images")))


@pytest.fixture
def output(tmp_path) -> str:
    return str(tmp_path / "features.npz")


def _embed(module, images, output, shard_size=None, overwrite=False, **computation):
    path = module if isinstance(module, str) else module.directory
    return module_embedding.embed_module(
        path,
        str(images),
        options.Destination(str(output), shard_size, overwrite),
        options.Computation(**computation),
    )


def _read(output) -> dict[str, np.ndarray]:
    with np.load(str(output), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _refusal(*args, **options_) -> str:
    with pytest.raises(errors.InputError) as caught:
        _embed(*args, **options_)
    return str(caught.value)


def _list_paths(images) -> list[str]:
    return sorted(p.relative_to(images).as_posix() for p in images.rglob("*.png"))


def _pixels(images) -> np.ndarray:
    return np.stack(
        [
            classification.read_image(str(images / path), (32, 32))
            for path in _list_paths(images)
        ]
    )


# What is written.


@pytest.mark.parametrize(
    ("endpoint", "signature", "key", "column"),
    [
        ("image_feature_vector", "image_feature_vector", "default", "features"),
        ("logits", "image_classification", "default", "logits"),
        (
            "efficientnet-b0/reduction_1",
            "image_feature_vector",
            "efficientnet-b0/reduction_1",
            "features",
        ),
        (
            "head_1x1",
            "image_feature_vector",
            "efficientnet-b0/head_1x1",
            "features",
        ),
    ],
)
def test_the_values_are_the_modules(
    endpoint, signature, key, column, module, images, output
):
    loaded = runner.open_module(module.directory)
    expected = loaded.run(signature, {"images": _pixels(images)})[key]

    _embed(module, images, output, endpoint=endpoint)

    found = _read(output)
    assert found["paths"].tolist() == _list_paths(images)
    assert set(found["errors"]) == {""}
    np.testing.assert_allclose(found[column], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("asked", "expected"), [(3, 3), (100, 10)])
def test_the_most_probable_classes_are_those_of_classify(
    asked, expected, module, images, output, tmp_path
):
    names = [f"Class {index}" for index in range(10)]
    named = attaching.copy(module.directory, f"{tmp_path}/m", "class_names", names)

    _embed(named, images, output, top_k=asked)

    found = _read(output)
    paths = [str(images / path) for path in _list_paths(images)]
    for row, (_, predictions) in enumerate(
        classification.classify_images(named, paths, asked)
    ):
        assert len(predictions) == expected
        assert found["class_indices"][row].tolist() == [p.index for p in predictions]
        assert found["class_names"][row].tolist() == [p.name for p in predictions]
        np.testing.assert_allclose(
            found["probabilities"][row], [p.probability for p in predictions], rtol=1e-4
        )


def test_a_damaged_image_has_a_sentence_and_the_others_their_values(
    module, images, output, tmp_path
):
    _embed(module, images, output, batch=4)
    expected = _read(output)
    for name in ("00.png", "a/0.png", "z.png"):  # First, between, and last.
        (images / name).write_bytes(_DAMAGED)

    written = _embed(module, images, tmp_path / "other.npz", batch=4)

    found = _read(tmp_path / "other.npz")
    assert written.damaged == 3
    is_damaged = found["errors"] != ""
    assert found["paths"][is_damaged].tolist() == ["00.png", "a/0.png", "z.png"]
    assert found["errors"][-1].startswith("'z.png' must be an image")
    assert np.isnan(found["features"][is_damaged]).all()
    np.testing.assert_allclose(
        found["features"][~is_damaged], expected["features"], rtol=1e-4, atol=1e-6
    )


def test_parquet_says_how_it_was_made(module, images, tmp_path):
    written = _embed(module, images, tmp_path / "a.parquet", resize="center-crop")

    metadata = pyarrow.parquet.read_schema(str(tmp_path / "a.parquet")).metadata
    assert b'"resize": "center-crop"' in metadata[b"efficientnet_hub"]
    assert written.facts["module"].encode() in metadata[b"efficientnet_hub"]


@pytest.mark.parametrize("extension", [".parquet", ".npz", ".tfrecord"])
def test_shards_are_a_folder(extension, module, images, tmp_path):
    output = tmp_path / ("f" + extension)

    written = _embed(module, images, f"{output}/", shard_size=4)

    names = [f"f-0000{index}-of-00003{extension}" for index in range(3)]
    assert sorted(os.listdir(str(output))) == names
    assert written.files == [str(output / name) for name in names]
    if extension == ".parquet":
        read = pyarrow.parquet.read_table(str(output))
        assert read["path"].to_pylist() == _list_paths(images)


def test_names_of_any_bytes_have_rows(module, images, output):
    names = [b"new\nline.png", "\u00fc.png".encode(), b"\xff\xfe.png"]
    for name in names:
        shutil.copy(
            os.path.join(os.fsencode(str(images)), b"a", b"01.png"),
            os.path.join(os.fsencode(str(images)), name),
        )

    _embed(module, images, output)

    found = _read(output)
    read = dict(zip(found["paths"].tolist(), found["errors"].tolist()))
    assert read["new\nline.png"] == read["\u00fc.png"] == ""
    assert "must be a path in UTF-8" in read["\\udcff\\udcfe.png"]


def test_links_in_a_circle_end(module, images, output):
    (images / "a" / "again").symlink_to(images)
    (images / "nowhere.png").symlink_to("missing")
    (images / "self.png").symlink_to("self.png")

    written = _embed(module, images, output)

    assert (written.count, written.damaged) == (_IMAGES + 2, 2)


def test_features_of_an_archive_are_those_of_its_directory(
    module, images, output, tmp_path
):
    _embed(module, images, output)
    _embed(module.archive, images, tmp_path / "other.npz")

    assert (tmp_path / "other.npz").read_bytes() == pathlib.Path(output).read_bytes()


# Runs that end early.

_KILLED = """if True:
    import os, signal, sys
    from efficientnet_hub.embedding import options, parts
    from efficientnet_hub.export import image_module, module_embedding

    parts._SECONDS_BETWEEN_FILES = 0.0
    module, images, output, batches = sys.argv[1:]
    compute, runs = image_module.ImageModule.compute, []

    def compute_or_die(self, *arguments):
        runs.append(None)
        if len(runs) > int(batches):
            os.kill(os.getpid(), signal.SIGKILL)
        return compute(self, *arguments)

    image_module.ImageModule.compute = compute_or_die
    module_embedding.embed_module(
        module, images, options.Destination(output), options.Computation(batch=3)
    )
    """


@pytest.mark.slow
def test_a_killed_run_continues_to_the_same_bytes(
    module, images, tmp_path, start_python
):
    (images / "a" / "0.png").write_bytes(_DAMAGED)
    expected, output = tmp_path / "one.parquet", tmp_path / "other.parquet"
    _embed(module, images, expected, batch=3)
    killed = start_python(_KILLED, module.directory, images, output, 3)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not output.exists()
    assert len(os.listdir(embedding_output.name_partial(str(output)))) == 3

    _embed(module, images, output, batch=3)

    assert output.read_bytes() == expected.read_bytes()
    assert sorted(os.listdir(str(tmp_path))) == ["images", "one.parquet"] + [
        "other.parquet"
    ]


@pytest.fixture
def interrupt(monkeypatch):
    """Returns a function that interrupts the runs after a number of batches."""

    def _interrupt(batches: int) -> None:
        compute, runs = image_module.ImageModule.compute, []

        def compute_or_end(self, *arguments):
            runs.append(None)
            if len(runs) == batches + 2:  # It also runs once when it is loaded.
                raise KeyboardInterrupt
            return compute(self, *arguments)

        monkeypatch.setattr(image_module.ImageModule, "compute", compute_or_end)

    return _interrupt


def _stop_early(module, images, output, **arguments) -> None:
    with pytest.raises(KeyboardInterrupt):
        _embed(module, images, output, **arguments)


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
def test_an_interrupted_run_continues_to_the_same_bytes(
    batches, module, images, output, tmp_path, interrupt
):
    (images / "a" / "0.png").write_bytes(_DAMAGED)
    _embed(module, images, tmp_path / "expected.npz", batch=3)
    interrupt(batches)
    _stop_early(module, images, output, batch=3)

    _embed(module, images, output, batch=3)

    expected = (tmp_path / "expected.npz").read_bytes()
    assert pathlib.Path(output).read_bytes() == expected
    assert not os.path.exists(embedding_output.name_partial(output))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"resize": "center-crop", "batch": 3}, 'resize was "squash", now'),
        ({"image_size": 64, "batch": 3}, "image_size was [32, 32], now [64, 64]"),
        ({"batch": 4}, "batch was 3, now 4"),
        ({"endpoint": "logits", "batch": 3}, "signature was"),
        ({"top_k": 2, "batch": 3}, "top_k was null, now 2"),
    ],
)
def test_unfinished_rows_of_other_options_are_not_mixed(
    arguments, expected, module, images, output, interrupt
):
    interrupt(2)
    _stop_early(module, images, output, batch=3)

    assert expected in _refusal(module, images, output, **arguments)


def test_unfinished_rows_of_other_images_are_not_mixed(
    module, images, output, interrupt
):
    interrupt(2)
    _stop_early(module, images, output, batch=3)
    (images / "a" / "01.png").write_bytes(_DAMAGED)

    message = _refusal(module, images, output, batch=3)

    assert "found another embedding (other images)" in message


def test_unfinished_rows_may_become_other_files(module, images, tmp_path, interrupt):
    output = tmp_path / "f.parquet"
    interrupt(2)
    _stop_early(module, images, output, batch=3)

    assert len(_embed(module, images, output, batch=3, shard_size=4).files) == 3


# What is there already.


@pytest.mark.parametrize("shard_size", [None, 4])
def test_an_earlier_table_is_replaced_if_the_user_says_so(
    shard_size, module, images, tmp_path
):
    output = tmp_path / "f.parquet"
    _embed(module, images, output, shard_size)

    message = _refusal(module, images, output, shard_size)
    _embed(module, images, output, shard_size, overwrite=True, endpoint="logits")

    assert "exists already: give another path, or --overwrite" in message
    assert "logits" in pyarrow.parquet.read_table(str(output)).column_names


@pytest.mark.parametrize("shard_size", [None, 4])
@pytest.mark.parametrize("kind", ["file", "folder", "link", "shards and notes"])
def test_files_of_a_user_are_kept(kind, shard_size, module, images, tmp_path):
    output = tmp_path / "f.npz"
    if kind == "file":
        output.write_text("important")
    elif kind == "link":
        (tmp_path / "important").write_text("important")
        output.symlink_to("important")
    else:
        output.mkdir()
        (output / "notes.npz").write_text("important")
    if kind == "shards and notes":
        _embed(module, images, tmp_path / "g.npz")
        (tmp_path / "g.npz").rename(output / "f-00000-of-00001.npz")
    before = sorted(str(path) for path in tmp_path.rglob("*"))

    message = _refusal(module, images, output, shard_size, overwrite=True)

    assert "which --overwrite replaces, found" in message
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_a_folder_with_the_name_of_unfinished_rows_is_kept(module, images, output):
    folder = pathlib.Path(embedding_output.name_partial(output))
    folder.mkdir()
    (folder / "notes.txt").write_text("important")

    message = _refusal(module, images, output)

    assert "found other files in it ('notes.txt')" in message
    assert (folder / "notes.txt").read_text() == "important"


def test_a_second_process_is_refused(module, images, output):
    with embedding_output.hold(output):
        message = _refusal(module, images, output)

    assert "found that another one writes it" in message


def test_a_full_disk_leaves_what_is_finished(module, images, output, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(embedding_output.publication, "publish", refuse)
        with pytest.raises(OSError, match="No space left") as caught:
            _embed(module, images, output)
    assert caught.value.filename == output
    computed = []
    run = embedder.Embedder.run

    def count(self, pixels):
        computed.append(len(pixels))
        return run(self, pixels)

    monkeypatch.setattr(embedder.Embedder, "run", count)
    _embed(module, images, output)

    assert computed == [1]  # To learn the shape.


# What is refused.


def _write_damaged(folder: pathlib.Path) -> None:
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        (folder / name).write_bytes(_DAMAGED)


def test_only_damaged_images_are_refused_and_nothing_is_left(module, tmp_path):
    _write_damaged(tmp_path / "images")

    message = _refusal(module, tmp_path / "images", tmp_path / "new" / "a.npz")

    assert "must have an image that can be read, found 2 damaged ones" in message
    assert os.listdir(str(tmp_path)) == ["images"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: path.mkdir(), "must have images (.jpg"),
        (lambda path: path.write_text(""), "must be a folder of images, found a file"),
        (lambda path: None, "must be a folder of images, found nothing"),
    ],
)
def test_a_folder_without_images_is_refused(make, expected, module, tmp_path):
    make(tmp_path / "images")

    message = _refusal(module, tmp_path / "images", tmp_path / "new" / "a.npz")

    assert expected in message
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("computation", "expected"),
    [
        ({"endpoint": "head1x1"}, "is 'head_1x1' meant?"),
        ({"endpoint": "logits"}, "is it a feature-vector module?"),
        ({"top_k": 5}, "is it a feature-vector module?"),
    ],
)
def test_an_output_that_the_module_lacks_is_refused(
    computation, expected, export, images, output
):
    module = export(task="feature-vector")

    assert expected in _refusal(module, images, output, **computation)


def test_a_module_that_diverged_is_refused(images, output, tmp_path):
    from efficientnet_hub.tests.export import module_evaluation_test

    module = module_evaluation_test.write_module(
        tmp_path / "m", lambda means: means / tf.zeros_like(means)
    )

    message = _refusal(module, images, output, endpoint="logits")

    assert "must return finite numbers, found NaN or infinity for" in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3://bucket/f.npz", "found the address 's3://bucket/f.npz'"),
        ("", "output must be a path, found ''"),
        ("f.npz/", "found 'f.npz/', the name of a folder: give --shard_size"),
        ("f.csv", "with the extension .parquet, .npz, .tfrecord"),
        ("a" * 245 + ".npz", "must have names of at most 255 bytes, found 257"),
        ("/proc/new/f.npz", "must be in a folder that can be written"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused(name, expected, module, images):
    assert expected in _refusal(module, images, name)


def test_an_output_beside_the_images_is_kept_apart(module, images):
    message = _refusal(module, images, images / "features.npz")

    assert "must lie apart from the images" in message
