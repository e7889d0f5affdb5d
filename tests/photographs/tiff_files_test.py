"""TIFF files, as another library writes them, have its pixels or are refused."""

from __future__ import annotations

import itertools
import pathlib

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.photographs import decoding

tifffile = pytest.importorskip("tifffile")


def _write(path: pathlib.Path, values: np.ndarray, planes: bool, **options) -> str:
    if planes:
        values = values.transpose(2, 0, 1)
    if values.ndim == 3:
        options.update(
            planarconfig="separate" if planes else "contig",
            photometric="rgb",
            extrasamples=["unassalpha"] * (values.shape[0 if planes else 2] - 3),
        )
    tifffile.imwrite(str(path), values, **options)
    return str(path)


@pytest.mark.parametrize(
    ("bits", "channels", "planes", "compression", "byteorder"),
    list(itertools.product([8, 16], [3, 4], [False, True], [None, "zlib"], "<>")),
)
def test_colors_are_those_of_the_file(
    bits, channels, planes, compression, byteorder, tmp_path
):
    values = np.random.RandomState(0).randint(0, 2**bits, [5, 7, channels])
    path = _write(
        tmp_path / "colors.tiff",
        values.astype(f"uint{bits}"),
        planes,
        compression=compression,
        byteorder=byteorder,
    )

    if bits == 16 and planes and compression is None:
        with pytest.raises(errors.InputError, match="planes of 16 bits"):
            decoding.read_pixels(path)
    else:
        expected = values[..., :3] >> (bits - 8)
        np.testing.assert_array_equal(decoding.read_pixels(path), expected)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("shape", [[5, 7], [5, 7, 3]])
def test_signed_integers_are_refused(shape, dtype, tmp_path):
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    path = _write(tmp_path / "signed.tiff", values, planes=False)

    with pytest.raises(errors.InputError, match="signed integers|unknown pixel mode"):
        decoding.read_pixels(path)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint32"])
def test_colors_of_other_types_are_refused_and_not_called_damaged(dtype, tmp_path):
    values = np.ones([5, 7, 3], dtype)
    path = _write(tmp_path / "colors.tiff", values, planes=False)

    with pytest.raises(errors.InputError, match="found another kind") as caught:
        decoding.read_pixels(path)
    assert "damaged" not in str(caught.value)
