"""Each value of `--weights` is read by the right reader."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import (
    loading,
    locations,
    random_init,
)
from efficientnet_hub.export.weights.containers import checkpoint_index


def test_random_weights_have_the_seed_of_the_network(tiny, shapes):
    network = config_lib.get_config(tiny, seed=9)

    values = loading.load("random", network, shapes).values

    for name, value in random_init.draw(shapes, 9).items():
        np.testing.assert_array_equal(values[name], value)


def test_another_seed_gives_other_weights(tiny, shapes):
    one, other = (
        loading.load("random", config_lib.get_config(tiny, seed=seed), shapes).values
        for seed in (1, 2)
    )

    for name in shapes:
        if name.endswith("kernel"):
            assert not np.array_equal(one[name], other[name])


def test_a_checkpoint_is_found_by_its_path(trained, tiny, shapes):
    weights = loading.load(trained.prefix, tiny, shapes)

    assert "TensorFlow checkpoint" in weights.provenance.source


@pytest.mark.parametrize("name", ["file.pth", "file.pt"])
def test_a_state_dict_is_known_by_its_ending(name, tiny, shapes, tmp_path):
    with pytest.raises(errors.InputError, match="PyTorch"):
        loading.load(str(tmp_path / name), tiny, shapes)


@pytest.mark.parametrize("name", ["file.pth", "file.ckpt", "https://a/file.zip"])
def test_missing_files_are_reported_in_the_words_of_their_locations(
    name, tiny, shapes, tmp_path
):
    path = name if "://" in name else str(tmp_path / name)
    with pytest.raises(errors.InputError) as expected:
        locations.files_of(path)

    with pytest.raises(errors.InputError) as caught:
        loading.load(path, tiny, shapes)

    assert str(caught.value) == str(expected.value)


@pytest.mark.parametrize(
    ("name", "model", "preprocessing", "image_size"),
    [
        ("imagenet", "efficientnet-b2", "imagenet", None),
        ("advprop", "efficientnet-b0", "advprop", None),
        ("noisy-student", "efficientnet-l2", "imagenet", 800),
        ("noisy-student-475", "efficientnet-l2", "imagenet", 475),
        ("lite-pytorch", "efficientnet-lite1", "lite", None),
    ],
)
def test_a_published_set_says_how_its_images_are_prepared(
    name, model, preprocessing, image_size
):
    with loading.open_source(name, config_lib.get_config(model)) as opened:
        assert opened.facts.preprocessing == preprocessing
        assert opened.facts.image_size == image_size


@pytest.mark.parametrize("weights", ["imagnet", "Random", ""])
def test_another_word_is_refused_with_the_choices(weights, tiny, shapes):
    with pytest.raises(errors.InputError, match="such as 'random', 'imagenet' or"):
        loading.load(weights, tiny, shapes)


def test_another_choice_of_moving_averages_is_refused(tiny, shapes):
    with pytest.raises(errors.InputError, match="one of auto, never, found 'always'"):
        loading.load("random", tiny, shapes, moving_averages="always")


def test_the_index_of_a_checkpoint_is_read_once(tiny, trained, monkeypatch):
    read, calls = checkpoint_index.read, []
    monkeypatch.setattr(
        checkpoint_index, "read", lambda prefix: calls.append(prefix) or read(prefix)
    )

    with loading.open_source(trained.prefix, tiny):
        assert calls == [trained.prefix]


@pytest.mark.parametrize("is_random", [True, False])
def test_a_source_model_is_refused_where_weights_say_their_own(
    is_random, tiny, trained
):
    weights = "random" if is_random else trained.prefix
    opening = loading.open_source(weights, tiny, source_model="timm/efficientnet_b0")

    with pytest.raises(errors.InputError, match="for files of PyTorch only"), opening:
        pass
