"""A writer writes the weights of a module first, then the other files."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.weights import random_init
from efficientnet_hub.export.writers import hub_writer


@pytest.fixture(name="writer")
def _writer(tiny) -> hub_writer.HubWriter:
    config = module_config.module_config(tiny, num_classes=tiny.num_classes)
    return hub_writer.HubWriter(config, *graphs.inference_graphs(config))


def test_weights_are_written_first_and_graphs_complete_the_module(
    writer, shapes, tmp_path
):
    writer.write_weights(str(tmp_path), random_init.draw(shapes, seed=0))
    assert os.listdir(str(tmp_path)) == ["variables"]

    written = writer.write_graphs(str(tmp_path))

    assert len(module_files.read_saved_model(str(tmp_path)).meta_graphs) == 3
    assert written.id == "hub"
