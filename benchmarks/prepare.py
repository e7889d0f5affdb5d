"""Writes the files to measure: a checkpoint, our module, and the plain module."""

from __future__ import annotations

import argparse
import shutil

import checkpoint
import fresh_process
import part
import plain_module
import tensorflow_hub

from efficientnet_hub.efficientnet import config as config_lib


def main():
    """Replaces the contents of the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True, help="the folder to write")
    work = parser.parse_args().work
    shutil.rmtree(work, ignore_errors=True)
    config = config_lib.get_config(part.MODEL)
    checkpoint.write(config, part.checkpoint(work))
    export(part.MODEL, part.checkpoint(work), part.module(work))
    if hasattr(tensorflow_hub, "create_module_spec"):
        plain_module.write(config, part.checkpoint(work), part.plain_module(work))


def export(model: str, weights: str, path: str) -> fresh_process.Run:
    """Exports a module with the command line."""
    arguments = ["-m", "efficientnet_hub", "export", "--overwrite"]
    arguments += ["--model=" + model, "--weights=" + weights, "--output=" + path]
    return fresh_process.run(arguments)


if __name__ == "__main__":
    main()
