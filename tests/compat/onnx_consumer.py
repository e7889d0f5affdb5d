"""The tag set {"serve"} converted by tf2onnx, run by ONNX Runtime."""

import subprocess
import sys

import agreement
import onnxruntime
import pytest


@pytest.mark.parametrize("module", ["b0", "lite0"])
def test_classification(modules, module, photographs, reference, tmp_path):
    path = str(tmp_path / "model.onnx")
    convert = [sys.executable, "-m", "tf2onnx.convert", "--output", path]
    source = ["--saved-model", modules + "/" + module, "--tag", "serve"]
    subprocess.check_call(convert + source + ["--signature_def", "serving_default"])

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"images": photographs})

    agreement.assert_right(logits, module, reference)
