"""Makes the `.pth` files of this folder: `python make_fixtures.py`, with PyTorch.

They were made with PyTorch 2.13.0 (CPU). The tests read them without PyTorch, and
have the same values written out: every tensor counts 0, 1, 2, ...
"""

from __future__ import annotations

import collections
import pathlib

import torch

_FOLDER = pathlib.Path(__file__).parent


def _counting(*size: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Returns 0, 1, 2, ... in the given shape."""
    count = torch.Size(size).numel()
    return torch.arange(count, dtype=torch.float32).reshape(size).to(dtype)


def _small_model_state() -> collections.OrderedDict:
    """Returns what model.state_dict() gives, with `_metadata` and a scalar."""
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 2, kernel_size=(2, 1)), torch.nn.BatchNorm2d(2)
    )
    state = model.state_dict()
    for values in state.values():
        values.copy_(_counting(*values.shape))
    return state


def _views() -> collections.OrderedDict:
    """Returns tensors that share one storage of 0, 1, ..., 23."""
    whole = _counting(24)
    return collections.OrderedDict(
        whole=whole,
        # As kernels converted from TensorFlow are saved: HWIO seen as OIHW.
        kernel=whole.reshape(2, 1, 3, 4).permute(3, 2, 0, 1),
        tail=whole[20:],
        every_fifth=whole[1::5],
        scalar=whole[7],
    )


def _every_dtype() -> collections.OrderedDict:
    """Returns one tensor of each dtype by its name: numbers are 0, 1, 2."""
    names = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool"
    return collections.OrderedDict(
        (name, _counting(3, dtype=getattr(torch, name))) for name in names.split()
    )


def _checkpoint() -> dict:
    """Returns what a training script saves: the state dict and much beside it."""
    weight = torch.nn.Parameter(_counting(2, 3))
    optimizer = torch.optim.SGD([weight], lr=0.5, momentum=0.25)
    weight.sum().backward()
    optimizer.step()
    return {
        "epoch": 7,
        "arch": "efficientnet-b0",
        "state_dict": {"weight": torch.nn.Parameter(_counting(2, 3))},
        "optimizer": optimizer.state_dict(),
        "best_accuracy": 0.25,
    }


def main() -> None:
    saved = {
        "small_model": _small_model_state(),
        "views": _views(),
        "every_dtype": _every_dtype(),
        "checkpoint": _checkpoint(),
    }
    for name, state in saved.items():
        for kind in ("zipped", "unzipped"):
            torch.save(
                state,
                _FOLDER / f"{name}_{kind}.pth",
                _use_new_zipfile_serialization=kind == "zipped",
            )


if __name__ == "__main__":
    main()
