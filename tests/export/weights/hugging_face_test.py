"""A folder of the Hugging Face hub says which model its weights are of."""

from __future__ import annotations

import json
import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import hugging_face

# As timm 1.0.31 writes it for a model with three classes.
_CONFIG = {
    "architecture": "tf_efficientnet_b2",
    "num_classes": 3,
    "num_features": 1408,
    "global_pool": "avg",
    "model_args": {"num_classes": 3, "in_chans": 3, "global_pool": "avg"},
    "pretrained_cfg": {
        "tag": "ns_jft_in1k",
        "custom_load": False,
        "input_size": [3, 288, 288],
        "fixed_input_size": False,
        "interpolation": "bicubic",
        "crop_pct": 0.89,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.5],
        "num_classes": 3,
        "first_conv": "conv_stem",
        "classifier": "classifier",
        "license": "apache-2.0",
    },
}


@pytest.fixture(name="folder")
def _folder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    return tmp_path


@pytest.fixture(name="read")
def _read(folder):
    """Returns a function that reads the folder with a changed description."""

    def _read(config=_CONFIG, **changes) -> hugging_face.HubFolder:
        document = dict(config, **changes)
        (folder / "config.json").write_text(json.dumps(document))
        return hugging_face.read_folder(str(folder))

    return _read


def _with(**changes) -> dict:
    return dict(_CONFIG["pretrained_cfg"], **changes)


def test_the_description_of_timm_is_read(read, folder):
    found = read()

    assert found.weights == str(folder / "model.safetensors")
    assert found.config == str(folder / "config.json")
    assert found.model.text == "timm/tf_efficientnet_b2"
    assert found.facts.num_classes == 3
    assert found.facts.preprocessing == "0.5,0.5,0.5/0.25,0.25,0.5"
    assert found.facts.padding == "same"
    assert found.facts.batch_norm_epsilon == 1e-3
    assert found.facts.image_size == 288
    assert found.facts.class_names is None
    assert found.license == "Apache-2.0"
    assert found.notes == [
        "timm resizes images for these weights by 'bicubic' and keeps the middle 89 % "
        "of each side"
    ]


@pytest.mark.parametrize(
    ("architecture", "padding", "epsilon", "variant"),
    [
        ("efficientnet_b2", "symmetric", 1e-5, "efficientnet-b2"),
        ("efficientnet_lite0", "symmetric", 1e-5, "efficientnet-lite0"),
        ("tf_efficientnet_b0.ns_jft_in1k", "same", 1e-3, "efficientnet-b0"),
        ("tf_efficientnet_b0_ns", "same", 1e-3, "efficientnet-b0"),
        ("tf_efficientnet_b0_ap", "same", 1e-3, "efficientnet-b0"),
        ("tf_efficientnet_lite4", "same", 1e-3, "efficientnet-lite4"),
    ],
)
def test_the_architecture_decides(architecture, padding, epsilon, variant, read):
    found = read(architecture=architecture)

    assert (found.facts.padding, found.model.padding) == (padding, padding)
    assert found.facts.batch_norm_epsilon == epsilon
    assert found.model.variant == variant


def test_the_old_form_has_everything_at_the_top(read):
    old = dict(
        _CONFIG["pretrained_cfg"],
        architecture="efficientnet_b0",
        labels=["a", "b", "c"],
    )

    found = read(old)

    assert found.model.text == "timm/efficientnet_b0"
    assert found.facts.image_size == 288
    assert found.facts.class_names == ["a", "b", "c"]
    assert found.facts.preprocessing == "0.5,0.5,0.5/0.25,0.25,0.5"


def test_without_statistics_those_of_the_architecture_count(read):
    found = read({"architecture": "tf_efficientnet_b0_ap", "pretrained_cfg": {}})

    assert found.facts.preprocessing == "advprop"
    assert found.facts.num_classes is None and found.facts.image_size is None
    assert found.license is None and found.notes == []


def test_imagenets_statistics_have_their_name(read):
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

    found = read(pretrained_cfg=_with(mean=mean, std=std))

    assert found.facts.preprocessing == "imagenet"


@pytest.mark.parametrize(
    "labels", [["x", "y", "z"], {"0": "x", "2": "z", "1": "y"}], ids=["list", "dict"]
)
@pytest.mark.parametrize("place", ["top", "pretrained_cfg"])
def test_names_of_classes_are_in_the_order_of_the_logits(labels, place, read):
    if place == "top":
        found = read(label_names=labels)
    else:
        found = read(pretrained_cfg=_with(label_names=labels))

    assert found.facts.class_names == ["x", "y", "z"]


def test_descriptions_are_the_names_if_each_label_has_one(read):
    labels = ["n1", "n2", "n3"]
    texts = {"n1": "tench", "n2": "goldfish", "n3": "shark"}

    found = read(label_names=labels, label_descriptions=texts)
    assert found.facts.class_names == ["tench", "goldfish", "shark"]
    del texts["n2"]
    found = read(label_names=labels, label_descriptions=texts)
    assert found.facts.class_names == labels


def test_arguments_of_the_model_change_it(read):
    found = read(model_args={"bn_eps": 0.01, "pad_type": "", "drop_rate": 0.3})

    assert found.facts.batch_norm_epsilon == 0.01
    assert found.facts.padding == "symmetric"


def test_an_image_size_that_is_not_square_is_left_out(read):
    found = read(pretrained_cfg=_with(input_size=[3, 200, 300]))

    assert found.facts.image_size is None
    assert "200 x 300, which is not square" in found.notes[0]


def test_zero_classes_are_no_classifier(read):
    assert read(num_classes=0).facts.num_classes is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "resnet50"}, "found 'resnet50'"),
        ({"architecture": 3}, "no 'architecture'"),
        ({"architecture": "\x1b[31m" * 9999}, "must be of an architecture"),
        ({"pretrained_cfg": []}, "no object"),
        ({"num_classes": -1}, "'num_classes'"),
        ({"num_classes": True}, "'num_classes'"),
        ({"num_classes": "3"}, "'num_classes'"),
        ({"global_pool": "max"}, "'global_pool' with 'max'"),
        ({"model_args": 3}, "'model_args' that are no object"),
        ({"model_args": {"in_chans": 1}}, "'in_chans' with 1"),
        ({"model_args": {"se_layer": "x"}}, "'se_layer' with 'x'"),
        ({"model_args": {"bn_eps": -1}}, "'bn_eps' with -1"),
        ({"model_args": {"pad_type": "reflect"}}, "'pad_type' with 'reflect'"),
        ({"model_args": {"pad_type": ["same"]}}, "'pad_type'"),
        ({"pretrained_cfg": _with(mean=None)}, "'mean'"),
        ({"pretrained_cfg": _with(mean=[1, 2])}, "'mean'"),
        ({"pretrained_cfg": _with(mean=[1, 2, "3"])}, "'mean'"),
        ({"pretrained_cfg": _with(std=[0, 1, 1])}, "the deviation of a channel"),
        ({"pretrained_cfg": _with(mean=[1e300, 1, 1])}, "the mean of a channel"),
        ({"pretrained_cfg": _with(mean=[10**19, 1, 1])}, "the mean of a channel"),
        ({"pretrained_cfg": _with(input_size=[1, 8, 8])}, "3 channels"),
        ({"pretrained_cfg": _with(input_size=[3, 8])}, "'input_size'"),
        ({"pretrained_cfg": _with(input_size=[3, 10**9, 10**9])}, "at most"),
        ({"pretrained_cfg": _with(input_size="x" * 10**6)}, "'input_size'"),
        ({"label_names": ["a", "b"]}, "each of 3 classes, found 2"),
        ({"label_names": ["a", "b", 3]}, "'label_names'"),
        ({"label_names": ["a", "b", "c\nd"]}, "'label_names'"),
        ({"label_names": ["a", "b", " "]}, "'label_names'"),
        ({"label_names": {"0": "a", "1": "b", "5": "c"}}, "not 0, 1, 2"),
        ({"label_names": 7}, "'label_names'"),
        ({"label_names": [["a"], "b", "c"]}, "'label_names'"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(changes, message, read):
    with pytest.raises(errors.InputError) as caught:
        read(**changes)

    assert message in str(caught.value)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "found: a list"),
        ("{", "must be timm's description"),
        ('{"architectures": ["A"], "model_type": "efficientnet"}', "transformers"),
        ("[" * 10**5, "too many levels"),
    ],
)
def test_another_document_is_refused(text, message, folder):
    (folder / "config.json").write_text(text)

    with pytest.raises(errors.InputError, match=message):
        hugging_face.read_folder(str(folder))


def test_safetensors_come_before_a_pickle(read, folder):
    (folder / "pytorch_model.bin").write_bytes(b"")
    assert read().weights.endswith("model.safetensors")

    os.remove(str(folder / "model.safetensors"))
    assert read().weights.endswith("pytorch_model.bin")


def test_a_folder_without_one_of_the_files_is_refused(read, folder):
    with pytest.raises(errors.InputError, match="found no config.json"):
        hugging_face.read_folder(str(folder))
    os.remove(str(folder / "model.safetensors"))
    with pytest.raises(errors.InputError, match="found no model.safetensors or pytor"):
        read()
