"""What the weights say about their network becomes the module's configuration."""

from __future__ import annotations

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import configuration, options
from efficientnet_hub.export.weights import network_facts

_FACTS = network_facts.NetworkFacts(
    num_classes=3,
    preprocessing="advprop",
    padding="symmetric",
    batch_norm_epsilon=1e-5,
    image_size=256,
    class_names=["cat", "dog", "newt"],
)


def _configure(facts=_FACTS, **chosen):
    chosen = {"model": "efficientnet-b0", "weights": "w.pth", **chosen}
    return configuration.configure(options.ExportOptions(**chosen), facts)


def test_the_facts_are_the_defaults():
    config = _configure()

    network = config.network
    assert (network.num_classes, network.image_size) == (3, 256)
    assert (network.padding, network.batch_norm_epsilon) == ("symmetric", 1e-5)
    assert network.preprocessing == "advprop"
    assert config.class_names == ["cat", "dog", "newt"]


def test_without_facts_the_defaults_are_those_of_the_variant():
    config = _configure(network_facts.NONE)

    assert config.network == config_lib.get_config("efficientnet-b0")
    assert len(config.class_names) == 1000


def test_options_come_before_the_facts(tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("one\ntwo\n")

    config = _configure(
        labels=str(labels), image_size=64, preprocessing="0.5,0.5,0.5/1,1,1"
    )

    assert config.class_names == ["one", "two"]
    assert config.network.num_classes == 2
    assert config.network.image_size == 64
    assert config.network.preprocessing == "0.5,0.5,0.5/1.0,1.0,1.0"


def test_another_number_of_classes_has_no_names_of_the_weights():
    config = _configure(num_classes=5)

    assert config.network.num_classes == 5
    assert config.class_names is None


def test_a_new_classifier_does_not_have_the_classes_of_the_weights():
    config = _configure(new_classifier=True)

    assert config.network.num_classes == 1000
    assert config.class_names[0] == "tench"
    assert config.network.padding == "symmetric"


def test_a_feature_vector_module_has_no_classes():
    config = _configure(task="feature-vector")

    assert config.network.num_classes is None and config.class_names is None
    assert config.network.batch_norm_epsilon == 1e-5


def test_a_thousand_classes_with_other_names_keep_them():
    names = [f"class {number}" for number in range(1000)]

    config = _configure(network_facts.NetworkFacts(num_classes=1000, class_names=names))

    assert config.class_names == names


@pytest.mark.parametrize("num_classes", [10, 7])
def test_a_network_of_a_program_keeps_its_number_of_classes(num_classes, tiny):
    network = config_lib.get_config(tiny, num_classes=num_classes)

    config = _configure(network_facts.NetworkFacts(num_classes=3), model=network)

    assert config.network.num_classes == num_classes
