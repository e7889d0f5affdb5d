"""Tests `convert`: its flags, what it writes, and what it refuses."""

from __future__ import annotations

import dataclasses
import os

from efficientnet_hub.export.commands import main
from efficientnet_hub.export.conversion import (
    conversion_options,
    converter,
)
from efficientnet_hub.tests.export.commands import program


def test_the_weights_of_a_module_are_written(lite0, tmp_path):
    output = str(tmp_path / "w.pth")

    finished = program.run_here(
        *("convert", lite0.directory, output, "--to=pth", "--library=timm"),
        "--report",
    )

    lines = program.check_success(finished).splitlines()
    kernel = "efficientnet-lite0/stem/conv2d/kernel (3, 3, 3, 32)"
    assert f"{kernel} float32 {kernel} as is" in [" ".join(s.split()) for s in lines]
    assert "left behind: 0" in lines and "not from the weights: 0" in lines
    assert lines[-1] == "wrote " + output and os.path.exists(output)
    assert "load it in timm/tf_efficientnet_lite0" in lines
    assert (
        "the normalization of images, lite, and their size, 224 px" in finished.stdout
    )


def test_all_mistakes_are_reported_before_tensorflow_is_imported(tmp_path):
    finished = program.run(
        "convert", tmp_path / "nothing", tmp_path / "w.bin", "--to=pth"
    )

    assert finished.returncode == 2 and "Traceback" not in finished.stderr
    assert "nothing" in finished.stderr
    assert "library must be one of timm" in finished.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_argument_reaches_the_conversion(monkeypatch):
    received = {}

    def convert(weights, output, options):
        received.update(dataclasses.asdict(options), weights=weights, output=output)
        return converter.Converted(output, [])

    monkeypatch.setattr(converter, "convert", convert)
    samples = {
        "weights": "module",
        "output": "w.pth",
        "to": "pth",
        "library": "timm",
        "model": "efficientnet-b1",
        "source_model": "timm/efficientnet_b1",
        "task": "feature-vector",
        "preprocessing": "advprop",
        "moving_averages": "never",
        "report": True,
    }
    names = {
        each.name for each in dataclasses.fields(conversion_options.ConversionOptions)
    }
    assert names | {"weights", "output", "report"} == set(samples)

    assert main.main(main.parse(program.argv("convert", samples))) == 0

    assert dict(received, report=True) == samples
