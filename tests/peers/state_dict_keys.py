"""Writes what the libraries of PyTorch call their arrays, and what they add to them.

`python state_dict_keys.py FOLDER`, with torch, torchvision, timm, geffnet and
efficientnet_pytorch. Of each library, `<library>_keys.json.gz` has the shape of each
array by key, for each variant; `source_models.json.gz` has the padding, the epsilon and
the normalization of each name that timm and torchvision have for a variant. No array is
allocated. `tests/export/weights` compares the tables of this project with the files.
"""

from __future__ import annotations

import gzip
import json
import pathlib
import sys
import warnings

import efficientnet_pytorch
import geffnet
import timm
import torch
import torchvision

_LARGE = [f"b{number}" for number in range(9)] + ["l2"]
_LITE = [f"lite{number}" for number in range(5)]
_FAMILIES = ("tf_efficientnet_", "efficientnet_")


def _list_shapes(model: torch.nn.Module) -> dict[str, list[int]]:
    return {key: list(value.shape) for key, value in model.state_dict().items()}


def _describe(model: torch.nn.Module, stem: torch.nn.Module) -> dict:
    """Returns the padding and the epsilon, if all layers have the same."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    (epsilon,) = {norm.eps for norm in norms}
    # TensorFlow's padding depends on the size of the image: none is at construction.
    same = type(stem).__name__ == "Conv2dSame"
    if not same:
        assert stem.padding == (1, 1), stem
    return {"padding": "same" if same else "symmetric", "batch_norm_epsilon": epsilon}


def _read_timm(variant: str, sources: dict) -> dict[str, list[int]]:
    """Returns the shapes of a variant, which both families and geffnet share."""
    shapes = []
    for family in _FAMILIES:
        name = family + variant
        model = timm.create_model(name)
        shapes.append(_list_shapes(model))
        facts = _describe(model, model.conv_stem)
        configs = {name: timm.get_pretrained_cfg(name)}
        configs.update(timm.models.get_arch_pretrained_cfgs(name))
        for tagged, config in configs.items():
            statistics = {"mean": config.mean, "std": config.std}
            sources[f"timm/{tagged}"] = {"variant": variant, **facts, **statistics}
        # It has only the weights of a noisy student for this name.
        old = name + "_ns" if name == "tf_efficientnet_l2" else name
        peer = geffnet.create_model(old)
        shapes.append(_list_shapes(peer))
        facts = _describe(peer, peer.conv_stem)
        sources[f"geffnet/{old}"] = {"variant": variant, **facts}
    assert all(each == shapes[0] for each in shapes), variant
    return shapes[0]


def _read_torchvision(variant: str, sources: dict) -> dict[str, list[int]]:
    name = f"efficientnet_{variant}"
    model = torchvision.models.get_model(name)
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    sources[f"torchvision/{name}"] = {
        "variant": variant,
        **_describe(model, model.features[0][0]),
        "mean": transforms.mean,
        "std": transforms.std,
    }
    return _list_shapes(model)


def _read_efficientnet_pytorch(variant: str, sources: dict) -> dict[str, list[int]]:
    name = f"efficientnet-{variant}"
    model = efficientnet_pytorch.EfficientNet.from_name(name)
    (epsilon,) = {m.eps for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)}
    # Its convolutions pad as TensorFlow's do, for the size of the image that it knows.
    assert "StaticSamePadding" in type(model._conv_stem).__name__
    sources[f"efficientnet_pytorch/{name}"] = {
        "variant": variant,
        "padding": "same",
        "batch_norm_epsilon": epsilon,
    }
    return _list_shapes(model)


def _write(path: pathlib.Path, document: dict) -> None:
    text = json.dumps(document, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main(folder: pathlib.Path) -> None:
    warnings.simplefilter("ignore")
    sources: dict = {}
    with torch.device("meta"):
        tables = {
            "timm": {v: _read_timm(v, sources) for v in _LARGE + _LITE},
            "torchvision": {v: _read_torchvision(v, sources) for v in _LARGE[:8]},
            "efficientnet_pytorch": {
                v: _read_efficientnet_pytorch(v, sources) for v in _LARGE
            },
        }
    for library, table in tables.items():
        _write(folder / f"{library}_keys.json.gz", table)
    _write(folder / "source_models.json.gz", sources)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
