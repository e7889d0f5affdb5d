"""Writes the golden logits of the libraries for PyTorch, in their environment."""

from __future__ import annotations

import importlib.metadata
import json
import pathlib
import tempfile
from unittest import mock

import efficientnet_pytorch
import golden_cases
import timm
import torch
import torch_models
import torchvision
import weights_by_name


def main() -> None:
    golden_cases.write({case: _measure(case) for case in golden_cases.TORCH})
    model = timm.create_model(
        "efficientnet_b0", num_classes=golden_cases.EXAMPLE_CLASSES
    )
    golden_cases.write_example("flowers", _store(torch_models.fill(model), "folder"))


def _measure(case: golden_cases.Case) -> golden_cases.Golden:
    library, _, architecture = case.name.partition("/")
    peer = _MAKERS[library](architecture)
    pixels = weights_by_name.images(**golden_cases.IMAGES)
    scales = torch_models.scale(peer, pixels)
    return _store(peer.model, case.form)._replace(
        version=importlib.metadata.version(library),
        logits=peer.run(pixels),
        scales=scales,
    )


def _store(model: torch.nn.Module, form: str) -> golden_cases.Golden:
    """Returns what is stored about a model's file, without logits."""
    arrays = [
        golden_cases.describe_array(
            key, value.numpy(), key if value.is_floating_point() else None
        )
        for key, value in model.state_dict().items()
    ]
    config = _read_config(model) if form == "folder" else None
    return golden_cases.Golden(arrays=arrays, config=config)


def _read_config(model: torch.nn.Module) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        timm.models.save_for_hf(model, folder)
        return json.loads((pathlib.Path(folder) / "config.json").read_text())


def _make_timm(architecture: str) -> torch_models.Peer:
    functions = timm.models.efficientnet
    name = "_gen_efficientnet_lite" if "lite" in architecture else "_gen_efficientnet"
    generate = getattr(functions, name)

    def generate_small(variant, channel_multiplier, depth_multiplier, **options):
        del channel_multiplier, depth_multiplier
        width, depth = golden_cases.WIDTH, golden_cases.DEPTH
        return generate(variant, width, depth, **options)

    with mock.patch.object(functions, name, generate_small):
        model = timm.create_model(architecture, num_classes=golden_cases.CLASSES)
    config = timm.data.resolve_model_data_config(model)
    return torch_models.Peer(torch_models.fill(model), config["mean"], config["std"])


def _make_torchvision(architecture: str) -> torch_models.Peer:
    functions = torchvision.models.efficientnet
    configure = functions._efficientnet_conf

    def configure_small(arch, width_mult, depth_mult):
        del width_mult, depth_mult
        width, depth = golden_cases.WIDTH, golden_cases.DEPTH
        return configure(arch, width_mult=width, depth_mult=depth)

    with mock.patch.object(functions, "_efficientnet_conf", configure_small):
        model = getattr(functions, architecture)(num_classes=golden_cases.CLASSES)
    return torch_models.Peer(torch_models.fill(model), *torch_models.IMAGENET)


def _make_efficientnet_pytorch(architecture: str) -> torch_models.Peer:
    model = efficientnet_pytorch.EfficientNet.from_name(
        architecture,
        width_coefficient=golden_cases.WIDTH,
        depth_coefficient=golden_cases.DEPTH,
        num_classes=golden_cases.CLASSES,
        image_size=(golden_cases.IMAGES["height"], golden_cases.IMAGES["width"]),
    )
    return torch_models.Peer(torch_models.fill(model), *torch_models.IMAGENET)


_MAKERS = {
    "timm": _make_timm,
    "torchvision": _make_torchvision,
    "efficientnet_pytorch": _make_efficientnet_pytorch,
}


if __name__ == "__main__":
    main()
