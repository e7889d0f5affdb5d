"""TF_CONFIG, and a training by processes that may be killed."""

from __future__ import annotations

import json
import pathlib
import re
import sys
import time

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export import exporter, module_finetuning
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.finetuning import cluster, model
from efficientnet_hub.tests import cluster as cluster_lib

_CLUSTER = {"chief": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"]}
_EPOCHS, _BATCH, _PHOTOGRAPHS = 60, 8, 64
_STEPS = _EPOCHS * _PHOTOGRAPHS // _BATCH


def _give(monkeypatch, config: object) -> None:
    content = config if isinstance(config, str) else json.dumps(config)
    monkeypatch.setenv("TF_CONFIG", content)


# What TF_CONFIG says.


@pytest.mark.parametrize("config", ["", "{}", '{"task": {"type": "master"}}'])
def test_without_a_cluster_a_process_does_all(monkeypatch, config):
    _give(monkeypatch, config)

    task = cluster.task_of_this_process()

    assert task.trains_alone
    assert task.is_chief


@pytest.mark.parametrize(
    ("type_", "index", "position"),
    [("chief", 0, 0), ("worker", 0, 1), ("worker", 1, 2)],
)
def test_those_that_train_have_each_a_position(monkeypatch, type_, index, position):
    _give(monkeypatch, {"cluster": _CLUSTER, "task": {"type": type_, "index": index}})

    task = cluster.task_of_this_process()

    assert not task.trains_alone
    assert task.position == position
    assert task.is_chief == (type_ == "chief")


def test_an_evaluator_is_none_of_the_cluster(monkeypatch):
    _give(monkeypatch, {"cluster": _CLUSTER, "task": {"type": "evaluator"}})

    assert cluster.task_of_this_process().is_evaluator


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("chief", "must be JSON such as .* found 'chief'"),
        ("[]", r"must be JSON such as .* found '\[\]'"),
        ('{"cluster": ["a:1"]}', "must be JSON such as"),
        (
            {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker"}},
            "one chief and at least one ps, found 2 worker: .* mirrored strategy",
        ),
        (
            {"cluster": {"chief": ["a:1"], "worker": ["b:1"]}},
            "one chief and at least one ps, found 1 chief, 1 worker",
        ),
        (
            {"cluster": _CLUSTER, "task": {"type": "worker", "index": 2}},
            "found type 'worker' with index 2",
        ),
        ({"cluster": _CLUSTER, "task": {"type": "master"}}, "found type 'master'"),
        ({"cluster": _CLUSTER}, "found type None"),
    ],
)
def test_what_cannot_train_a_module_is_refused(monkeypatch, config, message):
    _give(monkeypatch, config)

    with pytest.raises(errors.InputError, match=message):
        cluster.task_of_this_process()


def test_the_classifier_alone_is_refused(monkeypatch, start, tmp_path):
    _give(monkeypatch, {"cluster": _CLUSTER, "task": {"type": "worker"}})
    output = str(tmp_path / "module")

    with pytest.raises(errors.InputError, match="in one process, found the worker 0 "):
        module_finetuning.finetune_module(start, "no folder", output, freeze=True)


def test_a_module_is_refused_under_a_mirrored_strategy(start, tmp_path):
    strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    estimator = tf.estimator.Estimator(
        model.model_fn,
        params={"module": start},
        config=tf.estimator.RunConfig(str(tmp_path), train_distribute=strategy),
    )

    # TensorFlow wraps what is raised in a replica.
    with pytest.raises(Exception, match="a module must be trained .* found Mirr"):
        estimator.train(_zeros, steps=1)


def _zeros() -> tf.data.Dataset:
    images = np.zeros([4, 32, 32, 3], np.float32)
    return tf.data.Dataset.from_tensors((images, np.zeros([4], np.int32)))


# Processes.


@pytest.fixture(scope="module", name="start")
def _start(tmp_path_factory) -> str:
    output = str(tmp_path_factory.mktemp("start") / "module")
    exporter.export_module(
        "efficientnet-lite0", "random", output, num_classes=2, image_size=32
    )
    return output


@pytest.fixture(name="images")
def _images(tmp_path) -> pathlib.Path:
    """Noisy images, of which some are bright at the left and some at the right."""
    pil_image = pytest.importorskip("PIL.Image")
    generator = np.random.RandomState(0)
    for name, half in (("left", slice(16)), ("right", slice(16, 32))):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        for number in range(_PHOTOGRAPHS * 5 // 8):
            pixels = generator.randint(0, 100, size=[32, 32, 3])
            pixels[:, half] += 150
            image = pil_image.fromarray(pixels.astype(np.uint8))
            image.save(str(folder / ("%d.png" % number)))
    return tmp_path / "images"


@pytest.fixture(name="processes")
def _processes(start, images, tmp_path):
    command = [sys.executable, "-m", "efficientnet_hub", "finetune"]
    command += ["--module=" + start, f"--images={images}", "--augmentation=none"]
    command += ["--output=%s" % (tmp_path / "module")]
    command += ["--epochs=%d" % _EPOCHS, "--batch=%d" % _BATCH]
    counts = {"chief": 1, "worker": 2, "ps": 1}
    processes = cluster_lib.Cluster(command, counts, tmp_path)
    yield processes
    processes.kill_all()


def _step(training_dir: pathlib.Path) -> int:
    """Step of the last checkpoint; -1 where there is none."""
    prefix = tf.train.latest_checkpoint(str(training_dir))
    return int(prefix.rsplit("-", 1)[1]) if prefix else -1


def _wait_for_step(training_dir: pathlib.Path, step: int) -> None:
    end = time.monotonic() + 300
    while _step(training_dir) < step:
        assert time.monotonic() < end
        time.sleep(0.2)


def _variables_held_by(address: str, job: str) -> set:
    """Returns which of the module's variables a process holds, asking it itself."""
    config = module_config.module_config("efficientnet-lite0", num_classes=2)
    shapes = graphs.training_graph(config).variable_shapes()
    held = set()
    with tf.Graph().as_default(), tf.device(f"/job:{job}/task:0"):
        exist = {}
        for name, shape in shapes.items():
            handle = tf.raw_ops.VarHandleOp(
                dtype=tf.float32, shape=shape, shared_name="module/" + name
            )
            exist[name] = tf.raw_ops.VarIsInitializedOp(resource=handle)
        with tf.Session("grpc://" + address) as session:
            found = session.run(exist)
    held = {name for name, is_there in found.items() if is_there}
    assert len(shapes) > 200
    return held if held != set(shapes) else {"all"}


def _accuracy(told: str) -> float:
    return float(re.search(r"accuracy on the .* held out: ([\d.]+)", told).group(1))


@pytest.mark.slow
def test_a_cluster_trains_one_set_of_variables_through_kills(processes, tmp_path):
    training_dir = tmp_path / "module.training"
    for task in [("ps",), ("worker", 0), ("worker", 1), ("evaluator",), ("chief",)]:
        processes.begin(*task)

    # The variables are on the parameter server, and nowhere else.
    _wait_for_step(training_dir, 1)
    addresses = processes.addresses
    assert _variables_held_by(addresses["ps"][0], "ps") == {"all"}
    assert _variables_held_by(addresses["chief"][0], "chief") == set()

    # A worker is killed, and rejoins.
    processes.kill("worker", 1)
    processes.begin("worker", 1)

    # The chief is killed, and goes on from its checkpoint.
    _wait_for_step(training_dir, _STEPS // 4)
    processes.kill("chief")
    reached = _step(training_dir)
    processes.begin("chief")

    told = processes.end("chief")
    assert "goes on from step %d of %d" % (reached, _STEPS) in told
    assert _accuracy(told) > 0.9
    # Each of the three may be in a step when the last one is taken.
    assert _STEPS <= _step(training_dir) <= _STEPS + 2 * 3
    for index in range(2):
        told = processes.end("worker", index)
        assert int(re.search(r"worker %d took (\d+) steps" % index, told).group(1))
    assert "epoch %d: accuracy" % _EPOCHS in processes.end("evaluator")
    assert verifier.verify_module(str(tmp_path / "module")).passed
    # A parameter server never ends by itself.
    assert processes.runs("ps")
