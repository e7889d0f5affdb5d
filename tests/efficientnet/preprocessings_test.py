"""A normalization is a name, or a mean and a deviation of each channel."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import preprocessings


def _normalize(images, preprocessing):
    offset, scale = preprocessings.parse(preprocessing)
    return (255 * images - np.array(offset)) / np.array(scale)


@pytest.mark.parametrize(
    ("text", "means", "deviations"),
    [
        ("0.5,0.25,0.125/0.2,0.3,0.4", [0.5, 0.25, 0.125], [0.2, 0.3, 0.4]),
        ("0,0,0/1,1,1", [0, 0, 0], [1, 1, 1]),
        ("-1,+2,.5/1e-3,1000,5.", [-1, 2, 0.5], [1e-3, 1000, 5]),
    ],
)
def test_numbers_are_means_and_deviations(text, means, deviations):
    images = np.linspace(0, 1, 30).reshape(10, 3)

    found = _normalize(images, text)

    np.testing.assert_allclose(found, (images - means) / deviations, atol=1e-9)


@pytest.mark.parametrize(
    ("means", "deviations", "name"),
    [
        ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "imagenet"),
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], "advprop"),
        ([127 / 255] * 3, [128 / 255] * 3, "lite"),
        (list(np.float32([0.485, 0.456, 0.406])), [0.229, 0.224, 0.225], "imagenet"),
    ],
)
def test_the_numbers_of_a_named_normalization_have_its_name(means, deviations, name):
    assert preprocessings.from_numbers(means, deviations) == name


@pytest.mark.parametrize("seed", range(5))
def test_the_text_of_numbers_is_exact(seed):
    random = np.random.RandomState(seed)
    means, deviations = random.uniform(0.01, 1, (2, 3))

    text = preprocessings.from_numbers(means, deviations)

    offset, scale = preprocessings.parse(text)
    np.testing.assert_array_equal(offset, 255 * means)
    np.testing.assert_array_equal(scale, 255 * deviations)
    assert preprocessings.normalize_text(text) == text


@pytest.mark.parametrize("name", preprocessings.NAMES)
def test_a_name_stays_a_name(name):
    assert preprocessings.normalize_text(name) == name


def test_another_writing_of_the_same_numbers_is_the_same_text():
    texts = ["0.5,0,.5/1,1,1", "5e-1,-0.0,0.50/1.0,1,1"]

    for text in texts:
        assert preprocessings.normalize_text(text) == "0.5,0.0,0.5/1.0,1.0,1.0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be one of imagenet, advprop, lite, or a mean and a deviation"),
        ("Lite", "found 'Lite'"),
        ("0.5,0.5,0.5", "as 'R,G,B/R,G,B', found '0.5,0.5,0.5'"),
        ("1,2/1,2", "found '1,2/1,2'"),
        ("1,2,3/1,2,3/4", "found"),
        ("\u0660,0,0/1,1,1", "found '\u0660"),
        ("nan,0,0/1,1,1", "found 'nan"),
        ("1,2,3/1,2,inf", "found"),
        (("1" * 400) + ",2,3/1,2,3", "found"),
        ("123.7,116.3,103.5/58.4,57.1,0", "deviation of a channel must be .* found 0"),
        ("0,0,0/1,-1,1", "deviation of a channel must be a number from 0.001 to"),
        ("0,0,1e9/1,1,1", "mean of a channel must be a number from -1000 to 1000"),
        ("0,0,1e999/1,1,1", "mean of a channel must be"),
        (None, "found None"),
        (["lite"], "found"),
    ],
)
def test_another_text_is_refused(text, message):
    with pytest.raises(errors.InputError, match=message):
        preprocessings.parse(text)


@pytest.mark.parametrize(
    ("means", "deviations"), [([0, 0], [1, 1]), ([0] * 4, [1] * 4), ([], [])]
)
def test_other_numbers_of_channels_are_refused(means, deviations):
    with pytest.raises(errors.InputError, match="each of R, G and B"):
        preprocessings.from_numbers(means, deviations)
