"""A run that ended early continues to the same bytes."""

from __future__ import annotations

import itertools
import os
import pathlib
import signal

import pytest

from efficientnet_hub.export.embedding import embedding_output
from efficientnet_hub.export.execution import image_module
from efficientnet_hub.tests.export.embedding import tables

_KILLED = """if True:
    import os, signal, sys
    from efficientnet_hub.embedding import options, parts
    from efficientnet_hub.export.embedding import module_embedding

    parts._SECONDS_BETWEEN_FILES = 0.0
    module, images, output, batches = sys.argv[1:]
    flush, files = parts.Parts.flush, []

    def flush_and_die(self):
        flush(self)
        files.append(None)
        if len(files) == int(batches):
            os.kill(os.getpid(), signal.SIGKILL)

    parts.Parts.flush = flush_and_die
    module_embedding.embed_module(
        module, images, options.Destination(output), options.Computation(batch=3)
    )
    """


@pytest.mark.slow
def test_a_killed_run_continues_to_the_same_bytes(
    module, images, tmp_path, start_python
):
    (images / "a" / "0.png").write_bytes(tables.DAMAGED)
    expected, output = tmp_path / "one.parquet", tmp_path / "other.parquet"
    tables.embed(module, images, expected, batch=3)
    killed = start_python(_KILLED, module.directory, images, output, 2)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not output.exists()
    assert len(os.listdir(embedding_output.name_partial(str(output)))) == 3

    tables.embed(module, images, output, batch=3)

    assert output.read_bytes() == expected.read_bytes()
    assert sorted(os.listdir(str(tmp_path))) == ["images", "one.parquet"] + [
        "other.parquet"
    ]


@pytest.fixture
def interrupt(monkeypatch):
    """Returns a function that interrupts the runs after a number of batches."""

    def _interrupt(batches: int) -> None:
        compute, runs = image_module.ImageModule.compute, itertools.count(1)

        def compute_or_end(self, *arguments):
            if next(runs) == batches + 2:  # It also runs once when it is loaded.
                raise KeyboardInterrupt
            return compute(self, *arguments)

        monkeypatch.setattr(image_module.ImageModule, "compute", compute_or_end)

    return _interrupt


def _stop_early(module, images, output, **arguments) -> None:
    with pytest.raises(KeyboardInterrupt):
        tables.embed(module, images, output, **arguments)


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
def test_an_interrupted_run_continues_to_the_same_bytes(
    batches, module, images, output, tmp_path, interrupt
):
    (images / "a" / "0.png").write_bytes(tables.DAMAGED)
    tables.embed(module, images, tmp_path / "expected.npz", batch=3)
    interrupt(batches)
    _stop_early(module, images, output, batch=3)

    tables.embed(module, images, output, batch=3)

    expected = (tmp_path / "expected.npz").read_bytes()
    assert pathlib.Path(output).read_bytes() == expected
    assert not os.path.exists(embedding_output.name_partial(output))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"resize": "center-crop", "batch": 3}, 'resize was "squash", now'),
        ({"image_size": 64, "batch": 3}, "image_size was [32, 32], now [64, 64]"),
        ({"batch": 4}, "batch was 3, now 4"),
        ({"endpoint": "logits", "batch": 3}, "signature was"),
        ({"top_k": 2, "batch": 3}, "top_k was null, now 2"),
    ],
)
def test_unfinished_rows_of_other_options_are_not_mixed(
    arguments, expected, module, images, output, interrupt
):
    interrupt(2)
    _stop_early(module, images, output, batch=3)

    assert expected in tables.refusal(module, images, output, **arguments)


def test_unfinished_rows_of_other_images_are_not_mixed(
    module, images, output, interrupt
):
    interrupt(2)
    _stop_early(module, images, output, batch=3)
    (images / "a" / "01.png").write_bytes(tables.DAMAGED)

    message = tables.refusal(module, images, output, batch=3)

    assert "found another embedding (other images)" in message


def test_unfinished_rows_may_become_other_files(module, images, tmp_path, interrupt):
    output = tmp_path / "f.parquet"
    interrupt(2)
    _stop_early(module, images, output, batch=3)

    assert len(tables.embed(module, images, output, batch=3, shard_size=4).files) == 3
