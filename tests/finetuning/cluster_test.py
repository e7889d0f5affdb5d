"""Tests TF_CONFIG, and distributed training in processes that are killed."""

from __future__ import annotations

import json
import os
import pathlib
import re
import sys
import time

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export import exporter
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.finetuning import cluster, model, network_training
from efficientnet_hub.tests import cluster as cluster_lib
from efficientnet_hub.tests import free_ports, small_networks

_MODEL = "efficientnet-small-lite"
_CLUSTER = {"chief": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"]}
_EPOCHS, _BATCH, _PHOTOGRAPHS = 16, 8, 160
_STEPS = _EPOCHS * _PHOTOGRAPHS // _BATCH


def _set_config(monkeypatch, config: object) -> None:
    content = config if isinstance(config, str) else json.dumps(config)
    monkeypatch.setenv("TF_CONFIG", content)


# Reading TF_CONFIG.


@pytest.mark.parametrize("config", ["", "{}", '{"task": {"type": "master"}}'])
def test_without_a_cluster_a_process_trains_alone(monkeypatch, config):
    _set_config(monkeypatch, config)

    task = cluster.read_task()

    assert task.trains_alone
    assert task.is_chief


@pytest.mark.parametrize(
    ("type_", "index", "position"),
    [("chief", 0, 0), ("worker", 0, 1), ("worker", 1, 2)],
)
def test_each_process_that_trains_has_a_position(monkeypatch, type_, index, position):
    _set_config(
        monkeypatch, {"cluster": _CLUSTER, "task": {"type": type_, "index": index}}
    )

    task = cluster.read_task()

    assert not task.trains_alone
    assert task.position == position
    assert task.is_chief == (type_ == "chief")


def test_an_evaluator_needs_no_place_in_the_cluster(monkeypatch):
    _set_config(monkeypatch, {"cluster": _CLUSTER, "task": {"type": "evaluator"}})

    assert cluster.read_task().is_evaluator


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("chief", "must be JSON such as .* found 'chief'"),
        ("[]", r"must be JSON such as .* found '\[\]'"),
        ('{"cluster": ["a:1"]}', "must be JSON such as"),
        ('{"cluster": {"chief": "a:1"}}', "must be JSON such as"),
        ('{"cluster": {"chief": {"0": "a:1"}}}', "must be JSON such as"),
        ('{"cluster": {"chief": [null]}}', "must be JSON such as"),
        ('{"cluster": {"chief": ["a"]}}', "must be JSON such as"),
        ('{"cluster": {"chief": ["grpc://a:1"]}}', "must be JSON such as"),
        ('{"task": {"type": []}}', "must be JSON such as"),
        ('{"task": [1]}', "must be JSON such as"),
        ('{"task": {"index": 1e400}}', "must be JSON such as"),
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
        ({"cluster": _CLUSTER}, "found type ''"),
    ],
)
def test_a_cluster_that_cannot_train_a_module_is_refused(monkeypatch, config, message):
    _set_config(monkeypatch, config)

    with pytest.raises(errors.InputError, match=message):
        cluster.read_task()


@pytest.mark.parametrize(
    "config",
    [
        {"cluster": [], "task": {"type": "other", "index": 7}},
        {"task": {"type": "master"}, "session_master": 5, "service": 5},
        {"cluster": _CLUSTER, "task": {"type": "worker", "index": "1"}, "service": 5},
        {"cluster": _CLUSTER, "task": {"type": "chief"}, "session_master": "x://"},
    ],
)
def test_tensorflow_sees_only_what_is_checked(monkeypatch, config):
    _set_config(monkeypatch, config)
    task = cluster.read_task()
    before = os.environ["TF_CONFIG"]

    with cluster.reduced_variable():
        run_config = tf.estimator.RunConfig()

    assert os.environ["TF_CONFIG"] == before
    assert run_config.master in ("", "grpc://c:1", "grpc://a:1")
    if not task.trains_alone:
        assert (run_config.task_type, run_config.task_id) == (task.type, task.index)


def test_without_the_variable_there_is_none_afterwards(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)

    with cluster.reduced_variable():
        assert tf.estimator.RunConfig().task_type == "worker"

    assert "TF_CONFIG" not in os.environ


def test_an_address_that_is_in_use_is_refused(monkeypatch, tmp_path):
    _set_config(
        monkeypatch, {"cluster": _CLUSTER, "task": {"type": "chief", "index": 0}}
    )

    def fail(*_):
        raise tf.errors.UnknownError(None, None, "Could not start gRPC server")

    monkeypatch.setattr(tf.estimator, "train_and_evaluate", fail)
    with pytest.raises(errors.InputError, match="the chief 0 in TF_CONFIG must be of"):
        network_training._train_and_evaluate(None, None, None, cluster.read_task())


def test_a_cluster_cannot_train_the_classifier_alone(monkeypatch, tmp_path):
    _set_config(monkeypatch, {"cluster": _CLUSTER, "task": {"type": "worker"}})
    output = str(tmp_path / "module")

    with pytest.raises(errors.InputError, match="in one process, found the worker 0 "):
        module_finetuning.finetune_module("start", "images", output, freeze=True)


def test_a_module_is_refused_under_a_mirrored_strategy(tmp_path):
    strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    estimator = tf.estimator.Estimator(
        model.model_fn,
        params={"module": "start"},
        config=tf.estimator.RunConfig(str(tmp_path), train_distribute=strategy),
    )

    # TensorFlow wraps an exception of a replica in another.
    with pytest.raises(Exception, match="a module must be trained .* found Mirr"):
        estimator.train(_zeros, steps=1)


def _zeros() -> tf.data.Dataset:
    images = np.zeros([4, 32, 32, 3], np.float32)
    return tf.data.Dataset.from_tensors((images, np.zeros([4], np.int32)))


# Training in processes.


@pytest.fixture(name="start")
def _start(tmp_path, monkeypatch) -> str:
    small_networks.add_variants(monkeypatch)
    output = str(tmp_path / "start")
    exporter.export_module(_MODEL, "random", output, num_classes=2, image_size=32)
    return output


def _save_images(path: pathlib.Path, count: int) -> None:
    """Saves noisy images of two classes: bright on the left, bright on the right."""
    pil_image = pytest.importorskip("PIL.Image")
    generator = np.random.RandomState(0)
    for name, half in (("left", slice(16)), ("right", slice(16, 32))):
        folder = path / name
        folder.mkdir(parents=True)
        for number in range(count // 2):
            pixels = generator.randint(0, 100, size=[32, 32, 3])
            pixels[:, half] += 150
            image = pil_image.fromarray(pixels.astype(np.uint8))
            image.save(str(folder / f"{number}.png"))


@pytest.fixture(name="make_cluster")
def _make_cluster(start, tmp_path):
    """Returns a function that makes a cluster for further flags of `finetune`."""
    made = []

    def make_cluster(
        workers: int, training_photographs: int, *flags: str
    ) -> cluster_lib.Cluster:
        images = tmp_path / "images"
        # A fifth is held out.
        _save_images(images, training_photographs * 5 // 4)
        command = [sys.executable, "-m", "efficientnet_hub", "finetune"]
        command += ["--module=" + start, f"--images={images}", "--augmentation=none"]
        command += [f"--output={tmp_path / 'module'}", f"--batch={_BATCH}", *flags]
        counts = {"chief": 1, "worker": workers, "ps": 1}
        known = small_networks.environment()
        made.append(cluster_lib.Cluster(command, counts, tmp_path, known))
        return made[-1]

    yield make_cluster
    for each in made:
        each.kill_all()


def _step(training_dir: pathlib.Path) -> int:
    """Returns the step of the last checkpoint, or -1 if there is none."""
    prefix = tf.train.latest_checkpoint(str(training_dir))
    return int(prefix.rsplit("-", 1)[1]) if prefix else -1


def _saved_step(training_dir: pathlib.Path) -> int:
    """Returns the global step in the last checkpoint.

    A worker can take a step after the chief names the checkpoint, and before it saves
    the variables. The name then has a smaller number.
    """
    prefix = tf.train.latest_checkpoint(str(training_dir))
    return int(tf.train.load_variable(prefix, "global_step"))


def _wait_for_step(training_dir: pathlib.Path, step: int) -> None:
    end = time.monotonic() + 300
    while _step(training_dir) < step:
        assert time.monotonic() < end
        time.sleep(0.2)


def _variables_held_by(address: str, job: str) -> set:
    """Asks a process which of the module's variables it has."""
    module = module_config.module_config(_MODEL, num_classes=2)
    shapes = graphs.training_graph(module).variable_shapes()
    with tf.Graph().as_default(), tf.device(f"/job:{job}/task:0"):
        exist = {}
        for name, shape in shapes.items():
            handle = tf.raw_ops.VarHandleOp(
                dtype=tf.float32, shape=shape, shared_name="module/" + name
            )
            exist[name] = tf.raw_ops.VarIsInitializedOp(resource=handle)
        # Without the filter, a session waits for all processes, also ended ones.
        config = tf.ConfigProto(device_filters=["/job:" + job])
        with tf.Session("grpc://" + address, config=config) as session:
            found = session.run(exist)
    held = {name for name, is_there in found.items() if is_there}
    assert len(shapes) > 100
    return held if held != set(shapes) else {"all"}


def _accuracy(printed: str) -> float:
    return float(re.search(r"accuracy on the .*: ([\d.]+)", printed).group(1))


@pytest.mark.slow
def test_a_cluster_trains_one_set_of_variables_through_kills(make_cluster, tmp_path):
    processes = make_cluster(2, _PHOTOGRAPHS, f"--epochs={_EPOCHS}")
    training_dir = tmp_path / "module.training"
    for task in [("ps",), ("worker", 0), ("worker", 1), ("evaluator",), ("chief",)]:
        processes.begin(*task)

    # Only the parameter server has the variables.
    _wait_for_step(training_dir, 1)
    addresses = processes.addresses
    assert _variables_held_by(addresses["ps"][0], "ps") == {"all"}
    assert _variables_held_by(addresses["chief"][0], "chief") == set()

    # A killed worker rejoins.
    processes.kill("worker", 1)
    processes.begin("worker", 1)

    # A killed chief resumes from its checkpoint.
    _wait_for_step(training_dir, _STEPS // 4)
    processes.kill("chief")
    reached = _saved_step(training_dir)
    processes.begin("chief")

    printed = processes.end("chief")
    assert f"resumes at step {reached} of {_STEPS}" in printed
    assert _accuracy(printed) > 0.9
    # Each of three processes can be in a step when the last step ends.
    assert _STEPS <= _step(training_dir) <= _STEPS + 2 * 3
    for index in range(2):
        printed = processes.end("worker", index)
        assert int(re.search(rf"worker {index} took (\d+) steps", printed).group(1))
    assert f"epoch {_EPOCHS}: accuracy" in processes.end("evaluator")
    assert verifier.verify_module(str(tmp_path / "module")).passed
    # A parameter server never exits by itself.
    assert processes.runs("ps")


@pytest.mark.slow
def test_patience_ends_the_processes_of_a_cluster(make_cluster, tmp_path):
    # An epoch takes several seconds, so that the evaluator keeps up with the others.
    processes = make_cluster(2, 256, "--patience=2", "--epochs=200")
    for task in ["ps", "worker", "evaluator", "chief"]:
        processes.begin(task)
    # TensorFlow waits without a limit for a parameter server that does not answer.
    (nowhere,) = free_ports.find(1)
    processes.begin("worker", 1, ps=[f"localhost:{nowhere}"])

    printed = processes.end("chief")
    stopped = r"stopped early after the evaluation of epoch \d+ of 200: .*--patience=2"
    assert re.search(stopped, printed)
    assert re.search(r"worker 0 took \d+ steps", processes.end("worker"))
    processes.end("evaluator")
    printed = processes.end("worker", 1)
    assert f"worker 1 waits for the parameter server at localhost:{nowhere}" in printed
    assert "worker 1 ends, because the training has ended" in printed
    # A training that stopped early can continue for more epochs. TensorFlow's own hook
    # would keep the stop in the checkpoint, for the workers.
    prefix = tf.train.latest_checkpoint(str(tmp_path / "module.training"))
    names = [name for name, _ in tf.train.list_variables(prefix)]
    assert not [name for name in names if "early_stopping" in name]
