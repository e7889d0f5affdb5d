"""Exports, in a builder's environment, the modules that all consumers load."""

import argparse
import os

import archive_server
import tensorflow

import efficientnet_hub


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", help="the folder to write to")
    parser.add_argument("--tensorflow", help="the version that must be running")
    arguments = parser.parse_args()
    if tensorflow.__version__ != arguments.tensorflow:
        parser.error(f"this is TensorFlow {tensorflow.__version__}")
    build(arguments.output)


def build(output):
    """Exports three modules, and one of them as an archive to be served too."""
    export = efficientnet_hub.export_module
    export(
        "efficientnet-b0",
        "random",
        os.path.join(output, "b0"),
        archive=archive_server.archive_file(output),
    )
    export(
        "efficientnet-b0",
        "random",
        os.path.join(output, "b0-feature-vector"),
        task="feature-vector",
    )
    export("efficientnet-lite0", "imagenet", os.path.join(output, "lite0"))


if __name__ == "__main__":
    main()
