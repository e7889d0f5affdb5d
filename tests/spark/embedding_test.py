"""Tests that Spark computes what one machine computes, also if an executor dies."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from efficientnet_hub import errors
from efficientnet_hub.embedding import options
from efficientnet_hub.export.embedding import module_embedding
from efficientnet_hub.spark import embedding
from efficientnet_hub.tests.export.commands import program

_IMAGES = 240
_DAMAGED = "100.png"


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for number in range(_IMAGES):
        pixels = generator.randint(0, 256, [3, 4, 3]).astype(np.uint8)
        image = Image.fromarray(pixels).resize((40, 30))
        image.save(str(folder / f"{number:03}.png"))
    (folder / _DAMAGED).write_bytes(b"\x89PNG\r\n\x1a\nno more")
    for name in ("__MACOSX", "$RECYCLE.BIN"):  # Left out.
        (folder / "more" / name).mkdir(parents=True)
        shutil.copy(str(folder / "000.png"), str(folder / "more" / name))
    return folder


@pytest.fixture(scope="module")
def expected(module, images, tmp_path_factory) -> dict[str, tuple]:
    """The error and the features of each image on one machine, by path."""
    output = str(tmp_path_factory.mktemp("expected") / "features.npz")
    module_embedding.embed_module(
        module.directory, str(images), options.Destination(output)
    )
    with np.load(output) as arrays:
        columns = [arrays[name] for name in ("paths", "errors", "features")]
    return {path: (error, row) for path, error, row in zip(*columns)}


def _check(rows, expected) -> None:
    assert sorted(row["path"] for row in rows) == sorted(expected)
    for row in rows:
        error, features = expected[row["path"]]
        assert (row["error"] or "") == error
        if error:
            assert row["features"] is None
        else:
            np.testing.assert_allclose(row["features"], features, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_a_killed_executor_changes_nothing(module, images, expected, tmp_path):
    output = tmp_path / "rows.json"
    path = pathlib.Path(__file__).with_name("local_cluster.py")
    command = [sys.executable, path, module.directory, images, output]

    subprocess.run(list(map(str, command)), check=True, cwd=str(tmp_path))

    found = json.loads(output.read_text())
    assert 0 < found["killed"]["done"] < found["killed"]["tasks"]
    _check(found["rows"], expected)


@pytest.mark.slow
def test_the_command_writes_what_one_machine_writes(module, images, expected, tmp_path):
    output = tmp_path / "features.parquet"

    finished = program.run(
        *("embed", module.directory, f"--images={images}", f"--output={output}"),
        *("--master=local[2]", "--json"),
    )

    assert finished.returncode == 0, finished.stderr
    document = json.loads(finished.stdout)
    assert document["images"] == {"folder": str(images), "count": 240, "damaged": 1}
    assert document["columns"] == [
        {"name": "features", "kind": "float32", "shape": [16]}
    ]
    _check(pyarrow.parquet.read_table(str(output)).to_pylist(), expected)


@pytest.mark.slow
def test_an_error_of_a_worker_is_one_sentence(module, images, tmp_path):
    finished = program.run(
        *("embed", module.directory, f"--images={images}", "--image_size=4000"),
        *(f"--output={tmp_path}/f.parquet", "--batch=1000", "--master=local[1]"),
    )

    assert finished.returncode == 2
    assert "batch must have at most 134217728 pixels" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "\tat " not in finished.stderr


@pytest.mark.slow
def test_a_table_is_not_replaced_if_no_image_can_be_read(module, images, tmp_path):
    (tmp_path / "damaged").mkdir()
    shutil.copy(str(images / _DAMAGED), str(tmp_path / "damaged"))
    output = tmp_path / "features.parquet"
    command = ("embed", module.directory, f"--output={output}", "--master=local[1]")
    assert program.run(*command, f"--images={images}").returncode == 0
    before = pyarrow.parquet.read_table(str(output))

    finished = program.run(*command, f"--images={tmp_path}/damaged", "--overwrite")

    assert finished.returncode == 2
    assert "must have an image that can be read" in finished.stderr
    assert pyarrow.parquet.read_table(str(output)).equals(before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("1 AS label", "'label' (int)"),
        ("'a.png' AS path", "'path' (string)"),
        ("'a.png' AS path, 'text' AS content", "'path' (string), 'content' (string)"),
    ],
)
def test_a_dataframe_without_images_is_refused(values, found, session, module):
    with pytest.raises(errors.InputError) as raised:
        embedding.embed_images(session.sql(f"SELECT {values}"), module.directory)

    assert f"columns 'path' (string) and 'content' (binary), found {found}: " in str(
        raised.value
    )


@pytest.mark.slow
def test_names_of_columns_may_have_any_case(session, module):
    dataframe = session.sql("SELECT 'a.png' AS Path, X'00' AS CONTENT")

    result = embedding.embed_images(dataframe, module.directory)

    assert result.columns == ["path", "error", "features"]
