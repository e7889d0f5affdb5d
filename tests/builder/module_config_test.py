"""The configuration of a module from a user's choices."""

from __future__ import annotations

import dataclasses

import pytest

from efficientnet_hub import errors
from efficientnet_hub.builder import module_config as module_config_lib
from efficientnet_hub.signatures import provenance


@pytest.fixture(name="labels")
def _labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("cat\ndog\nbird\n")
    return str(path)


def _error(**choices) -> str:
    with pytest.raises(errors.InputError) as caught:
        module_config_lib.module_config("efficientnet-b2", **choices)
    return str(caught.value)


def test_by_default_a_module_has_the_classes_of_imagenet():
    config = module_config_lib.module_config("efficientnet-b2")

    assert config.task == "classification"
    assert config.network.name == "efficientnet-b2"
    assert config.network.num_classes == 1000
    assert config.network.image_size == 260
    assert config.class_names[0] == "tench"
    assert len(config.class_names) == 1000


def test_the_users_choices_are_taken():
    config = module_config_lib.module_config(
        "efficientnet-l2", image_size=475, preprocessing="advprop", seed=7
    )

    assert config.network.image_size == 475
    assert config.network.preprocessing == "advprop"
    assert config.network.seed == 7


def test_labels_determine_the_number_of_classes(labels):
    config = module_config_lib.module_config("efficientnet-b2", labels=labels)

    assert config.network.num_classes == 3
    assert config.class_names == ["cat", "dog", "bird"]


def test_the_number_of_classes_may_be_that_of_the_labels(labels):
    config = module_config_lib.module_config(
        "efficientnet-b2", labels=labels, num_classes=3
    )

    assert config.class_names == ["cat", "dog", "bird"]


def test_another_number_of_classes_has_no_names():
    config = module_config_lib.module_config("efficientnet-b2", num_classes=10)

    assert config.network.num_classes == 10
    assert config.class_names is None


def test_a_feature_vector_module_has_no_classes():
    config = module_config_lib.module_config("efficientnet-b2", task="feature-vector")

    assert config.task == "feature-vector"
    assert config.network.num_classes is None
    assert config.class_names is None


def test_a_network_config_keeps_its_fields(tiny):
    network = dataclasses.replace(tiny, seed=5, preprocessing="advprop")

    config = module_config_lib.module_config(network)

    assert config.network == network
    assert config.class_names is None
    assert config.provenance.source == "initial values of seed 5"


def test_choices_replace_the_fields_of_a_network_config(tiny, labels):
    config = module_config_lib.module_config(
        dataclasses.replace(tiny, seed=5), labels=labels, seed=6, image_size=64
    )

    network = config.network
    assert (network.num_classes, network.seed, network.image_size) == (3, 6, 64)


def test_a_network_config_of_a_thousand_classes_has_imagenets_names(tiny):
    network = dataclasses.replace(tiny, num_classes=1000)

    assert module_config_lib.module_config(network).class_names[0] == "tench"


def test_a_network_config_without_classifier_is_for_features(tiny):
    network = dataclasses.replace(tiny, num_classes=None)

    features = module_config_lib.module_config(network, task="feature-vector")
    assert features.network == network
    with pytest.raises(errors.InputError, match="must have a classifier, found num_cl"):
        module_config_lib.module_config(network)


@pytest.mark.parametrize(
    ("descended", "key"), [(False, "license"), (True, "start_license")]
)
def test_a_license_that_is_known_is_a_fact(descended, key):
    config = dataclasses.replace(
        module_config_lib.module_config("efficientnet-b0"),
        provenance=provenance.Provenance(
            "a file", license="Apache-2.0", descended=descended
        ),
    )

    facts = config.facts()

    assert {k: v for k, v in facts.items() if "license" in k} == {key: "Apache-2.0"}


def test_facts_describe_the_module():
    config = module_config_lib.module_config("efficientnet-b8", seed=3)

    assert config.facts() == {
        "model": "efficientnet-b8",
        "task": "classification",
        "preprocessing": "advprop",
        "weights": "initial values of seed 3",
    }


def test_an_unknown_task_is_refused_with_the_choices():
    assert _error(task="detection") == (
        "task must be one of classification, feature-vector, found 'detection'"
    )


def test_labels_of_another_number_are_refused(labels):
    assert _error(labels=labels, num_classes=4) == (
        f"labels file '{labels}' must have as many lines as there are classes, 4, "
        "found 3"
    )


@pytest.mark.parametrize("choice", [{"num_classes": 10}, {"labels": "labels.txt"}])
def test_classes_of_a_feature_vector_module_are_refused(choice):
    assert _error(task="feature-vector", **choice) == (
        "a feature-vector module has no classes, found num_classes or labels: "
        "is a classification module meant?"
    )


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"num_classes": 0}, "num_classes must be a positive integer, found 0"),
        ({"image_size": 0}, "image_size must be a positive integer, found 0"),
        (
            {"preprocessing": ""},
            "preprocessing must be one of imagenet, advprop, lite, or a mean and a "
            "deviation for each of R, G and B as 'R,G,B/R,G,B', found ''",
        ),
        ({"seed": -1}, "seed must be an integer from 0 to 4294967295, found -1"),
    ],
)
def test_a_choice_out_of_range_is_refused(choice, message):
    assert _error(**choice) == message


def test_an_empty_labels_file_is_refused(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("")

    assert "found no lines" in _error(labels=str(path))
