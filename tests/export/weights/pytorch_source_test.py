"""Weights of PyTorch programs say what their network is, and become its variables."""

from __future__ import annotations

import argparse
import dataclasses
import json

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import pytorch_source
from efficientnet_hub.export.weights.naming import (
    efficientnet_pytorch,
    pytorch_layout,
    timm,
    torchvision,
)
from efficientnet_hub.tests.export.weights import pytorch_files_written

_LIBRARIES = (timm.LIBRARY, torchvision.LIBRARY, efficientnet_pytorch.LIBRARY)
_COUNTER = "bn1.num_batches_tracked"


@pytest.fixture(name="make_state")
def _make_state(tiny, raw):
    """Returns a function that names the weights of `tiny` as a library does."""

    def make(library, prefix="", shift=0.0) -> dict[str, np.ndarray]:
        state = {
            prefix + key: pytorch_layout.from_tensorflow(
                name, raw[name] + np.float32(shift)
            )
            for key, name in library.name_variables(tiny).items()
        }
        return dict(state, **{prefix + _COUNTER: np.array(3)})

    return make


@pytest.fixture(name="open_saved")
def _open_saved(tiny, tmp_path):
    """Returns a function that saves an object as PyTorch does, and opens the file."""

    def open_saved(
        saved, source_model=None, moving_averages="auto", name="a.pth"
    ) -> pytorch_source.PyTorchSource:
        path = tmp_path / name
        if saved is not None:
            pytorch_files_written.write(path, saved)
        return pytorch_source.open_source(
            str(path), tiny, source_model, moving_averages
        )

    return open_saved


def _read(opened, tiny, shapes, new_classifier=False):
    network = _apply(opened.facts, tiny)
    return opened.read(network, shapes, new_classifier)


def _apply(facts, network) -> config_lib.NetworkConfig:
    return config_lib.get_config(
        network,
        padding=facts.padding,
        batch_norm_epsilon=facts.batch_norm_epsilon,
    )


def _check_values(weights, raw, shift=0.0):
    assert weights.values.keys() == raw.keys()
    for name, value in raw.items():
        np.testing.assert_array_equal(weights.values[name], value + np.float32(shift))


@pytest.mark.parametrize("prefix", ["", "module.", "model.backbone."])
@pytest.mark.parametrize("library", _LIBRARIES, ids=lambda each: each.name)
def test_the_arrays_of_each_library_become_variables(
    library, prefix, make_state, open_saved, tiny, shapes, raw
):
    model = "timm/tf_efficientnet_b0" if library is timm.LIBRARY else None
    opened = open_saved(make_state(library, prefix), model)

    weights = _read(opened, tiny, shapes)

    assert opened.facts.num_classes == 10
    _check_values(weights, raw)
    assert weights.trained and set(weights.files) == {"a.pth"}
    assert f"as {library.name}/" in weights.notes[0]


@pytest.mark.parametrize(
    ("source_model", "padding", "epsilon", "preprocessing"),
    [
        ("timm/tf_efficientnet_b0", "same", 1e-3, "imagenet"),
        ("timm/tf_efficientnet_b0_ap", "same", 1e-3, "advprop"),
        ("timm/efficientnet_b0", "symmetric", 1e-5, "imagenet"),
    ],
)
def test_the_source_model_says_what_the_arrays_do_not(
    source_model, padding, epsilon, preprocessing, make_state, open_saved
):
    facts = open_saved(make_state(timm.LIBRARY), source_model).facts

    assert (facts.padding, facts.batch_norm_epsilon) == (padding, epsilon)
    assert facts.preprocessing == preprocessing


def test_arrays_of_timm_without_their_model_are_refused(make_state, open_saved):
    with pytest.raises(errors.InputError, match="give --source_model=timm/efficientn"):
        open_saved(make_state(timm.LIBRARY))


def test_a_checkpoint_of_timm_names_its_model(
    make_state, open_saved, tiny, shapes, raw
):
    saved = {
        "epoch": 3,
        "arch": "tf_efficientnet_b0",
        "state_dict": make_state(timm.LIBRARY),
        "optimizer": {"state": {0: {"square_avg": np.ones(3)}}},
        "args": argparse.Namespace(model="tf_efficientnet_b0", lr=0.1),
        "state_dict_ema": make_state(timm.LIBRARY, shift=1),
        "metric": 71.5,
    }

    averages = _read(open_saved(saved), tiny, shapes)
    raw_values = _read(open_saved(saved, moving_averages="never"), tiny, shapes)

    _check_values(averages, raw, shift=1)
    _check_values(raw_values, raw)
    notes = "\n".join(averages.notes)
    assert "took the moving averages below 'state_dict_ema'" in notes
    assert "not read, as no data of a network: argparse.Namespace" in notes
    assert "took the values below 'state_dict'" in "\n".join(raw_values.notes)


def test_a_given_model_that_contradicts_the_file_is_refused(make_state, open_saved):
    saved = {"arch": "tf_efficientnet_b0", "state_dict": make_state(timm.LIBRARY)}

    assert open_saved(saved, "timm/tf_efficientnet_b0_ap").facts.padding == "same"
    with pytest.raises(errors.InputError, match="it names timm/tf_efficientnet_b0"):
        open_saved(saved, "timm/efficientnet_b0")


def test_a_checkpoint_of_torchvision_has_a_counter_beside_its_averages(
    make_state, open_saved, tiny, shapes, raw
):
    averages = make_state(torchvision.LIBRARY, "module.", shift=1)
    saved = {
        "model": make_state(torchvision.LIBRARY),
        "model_ema": dict(averages, n_averaged=np.array(7)),
    }

    weights = _read(open_saved(saved), tiny, shapes)

    _check_values(weights, raw, shift=1)
    assert any(note.endswith("network: n_averaged") for note in weights.notes)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda averages: {"ema": {"decay": 0.999, "shadow_params": averages}},
        lambda averages: {"ema": averages},
        lambda averages: {"callbacks": {"EMA": {"shadow_params": averages}}},
        lambda averages: {"optimizer_states": [{"ema": averages}]},
    ],
)
def test_averages_without_names_are_refused_unless_they_are_not_wanted(
    wrap, make_state, tiny, tmp_path, shapes, raw
):
    path = str(tmp_path / "a.ckpt")
    state = make_state(torchvision.LIBRARY)
    saved = {"state_dict": state, **wrap([np.ones(3, np.float32), np.zeros(2)])}
    pytorch_files_written.write(path, saved)

    with pytest.raises(errors.InputError, match="a list without names below '.*: save"):
        pytorch_source.open_source(path, tiny, None, "auto")
    opened = pytorch_source.open_source(path, tiny, None, "never")
    _check_values(_read(opened, tiny, shapes), raw)


@pytest.mark.parametrize(
    ("raw_prefix", "average_prefix"),
    [("online_model.", "ema_model."), ("model.", "model_ema.module."), ("", "ema.")],
)
@pytest.mark.parametrize("key", [None, "ema", "state_dict"])
def test_averages_beside_the_network_are_known_by_their_prefix(
    key, raw_prefix, average_prefix, make_state, open_saved, tiny, shapes, raw
):
    """As `ema_pytorch` and networks that keep their averages have them."""
    state = {
        **make_state(torchvision.LIBRARY, raw_prefix),
        **make_state(torchvision.LIBRARY, average_prefix, shift=1),
        **({"step": np.array(7)} if raw_prefix else {}),
    }
    saved = state if key is None else {key: state}

    averages = _read(open_saved(saved), tiny, shapes)
    raw_values = _read(open_saved(saved, moving_averages="never"), tiny, shapes)

    _check_values(averages, raw, shift=1)
    _check_values(raw_values, raw)
    assert any("took the moving averages" in note for note in averages.notes)
    assert any("took the values beside" in note for note in raw_values.notes)


def test_half_precision_is_read(make_state, open_saved, tiny, shapes, raw):
    state = make_state(torchvision.LIBRARY)
    halves = {
        key: value if key.endswith(_COUNTER) else value.astype(np.float16)
        for key, value in state.items()
    }

    weights = _read(open_saved(halves, name="a.ckpt"), tiny, shapes)

    for name, value in raw.items():
        expected = value.astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(weights.values[name], expected)
        assert weights.values[name].dtype == np.float32


def test_a_network_without_classifier_gets_a_new_one_or_is_refused(
    make_state, open_saved, tiny, shapes
):
    state = make_state(torchvision.LIBRARY)
    kept = {k: v for k, v in state.items() if not k.startswith("classifier")}
    body = {name: shape for name, shape in shapes.items() if "/dense/" not in name}
    opened = open_saved(kept)

    assert opened.facts.num_classes is None
    with pytest.raises(errors.InputError, match="found none: give --new_classifier"):
        _read(opened, tiny, shapes)
    found = _read(opened, tiny, body, new_classifier=True)
    assert found.values.keys() == body.keys()


@pytest.mark.parametrize("changes", [{"padding": "same"}, {"batch_norm_epsilon": 1e-3}])
def test_a_network_that_computes_something_else_is_refused(
    changes, make_state, open_saved, tiny, shapes
):
    opened = open_saved(make_state(torchvision.LIBRARY))
    network = dataclasses.replace(_apply(opened.facts, tiny), **changes)

    (name,) = changes
    with pytest.raises(errors.InputError, match=f"{name} of efficientnet-b0 must be"):
        opened.read(network, shapes, False)


# Folders of the Hugging Face hub, and files of the library safetensors.


@pytest.fixture(name="hub")
def _hub(make_state, tmp_path):
    """Returns a function that writes a folder of the hub."""

    def write(architecture="efficientnet_b0", **changes) -> str:
        state = make_state(timm.LIBRARY)
        pytorch_files_written.write(tmp_path / "pytorch_model.bin", state)
        config = {
            "architecture": architecture,
            "num_classes": 10,
            "pretrained_cfg": {"input_size": [3, 64, 64], "license": "mit"},
        }
        (tmp_path / "config.json").write_text(json.dumps(dict(config, **changes)))
        return str(tmp_path)

    return write


def _open(path, tiny, source_model=None) -> pytorch_source.PyTorchSource:
    return pytorch_source.open_source(path, tiny, source_model, "auto")


def test_a_folder_of_the_hub_needs_no_source_model(hub, tiny, shapes, raw):
    labels = [f"class {number}" for number in range(10)]
    opened = _open(hub(label_names=labels), tiny)

    weights = _read(opened, tiny, shapes)

    assert opened.facts.padding == "symmetric"
    assert opened.facts.image_size == 64
    assert opened.facts.class_names == labels
    _check_values(weights, raw)
    assert set(weights.files) == {"pytorch_model.bin", "config.json"}
    assert weights.provenance.license == "MIT"
    assert "timm/efficientnet_b0 in folder" in weights.provenance.source


def test_a_folder_of_the_hub_may_have_shards(
    hub, make_state, tmp_path, tiny, shapes, raw
):
    folder = hub()
    (tmp_path / "pytorch_model.bin").unlink()
    state = make_state(timm.LIBRARY)
    names = {key: f"pytorch_model-{len(key) % 2}.bin" for key in state}
    for name in set(names.values()):
        part = {key: value for key, value in state.items() if names[key] == name}
        pytorch_files_written.write(tmp_path / name, part)
    index = tmp_path / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"weight_map": names}))

    weights = _read(_open(folder, tiny), tiny, shapes)

    _check_values(weights, raw)
    assert set(weights.files) == {"config.json", index.name, *names.values()}


def _list_size_notes(weights) -> list[str]:
    return [note for note in weights.notes if "the module expects images of" in note]


def test_the_image_size_is_that_of_the_files_or_of_the_variant_with_a_note(
    hub, make_state, open_saved, tiny, shapes
):
    tiny = config_lib.get_config(tiny, image_size=224)  # That of b0.
    described = _open(hub(), tiny)
    undescribed = _open(hub(pretrained_cfg={}), tiny)
    alone = open_saved(make_state(torchvision.LIBRARY))
    chosen = open_saved(make_state(torchvision.LIBRARY))

    assert described.facts.image_size == 64
    assert _list_size_notes(_read(described, tiny, shapes)) == []
    for opened in (undescribed, alone):
        assert opened.facts.image_size is None
        (note,) = _list_size_notes(_read(opened, tiny, shapes))
        assert "expects images of 224 px, as efficientnet-b0" in note
    tiny = config_lib.get_config(tiny, image_size=288)  # Of --image_size.
    assert _list_size_notes(_read(chosen, tiny, shapes)) == []


@pytest.mark.parametrize(
    ("changes", "source_model", "message"),
    [
        ({}, "timm/tf_efficientnet_b0", "it names timm/efficientnet_b0: leave out"),
        ({"num_classes": 7}, None, "a classifier of 7 classes by its config.json"),
        ({"architecture": "efficientnet_b1"}, None, "--model=efficientnet-b1"),
        (
            {"num_classes": None, "label_names": ["a", "b"]},
            None,
            "a classifier of 2 classes by its config.json, found 10",
        ),
    ],
)
def test_a_folder_that_contradicts_itself_is_refused(
    changes, source_model, message, hub, tiny
):
    with pytest.raises(errors.InputError, match=message):
        _open(hub(**changes), tiny, source_model)


def test_a_safetensors_file_is_read(
    make_state, open_saved, tiny, tmp_path, shapes, raw
):
    library = pytest.importorskip("safetensors.numpy")
    state = {k: np.ascontiguousarray(v) for k, v in make_state(timm.LIBRARY).items()}
    library.save_file(state, str(tmp_path / "a.safetensors"))

    opened = open_saved(None, "timm/efficientnet_b0", name="a.safetensors")

    _check_values(_read(opened, tiny, shapes), raw)
    assert opened.facts.padding == "symmetric"


def test_the_facts_are_those_of_the_network_that_was_trained(
    make_state, open_saved, tiny
):
    facts = open_saved(make_state(efficientnet_pytorch.LIBRARY)).facts

    assert dataclasses.asdict(facts) == {
        "num_classes": 10,
        "preprocessing": "imagenet",
        "padding": "same",
        "batch_norm_epsilon": 1e-3,
        "image_size": None,
        "class_names": None,
    }
