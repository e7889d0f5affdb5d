"""A process says which parameter servers it waits for."""

from __future__ import annotations

import socket
import time

import pytest

from efficientnet_hub.finetuning import cluster, silent_servers
from efficientnet_hub.tests import free_ports


@pytest.fixture(autouse=True)
def _short_time(monkeypatch):
    monkeypatch.setattr(silent_servers, "_SECONDS", 0.1)


@pytest.fixture(name="running")
def _running():
    """The address of a server that answers."""
    with socket.socket() as server:
        server.bind(("localhost", 0))
        server.listen()
        yield f"localhost:{server.getsockname()[1]}"


def _train(seconds: float, *servers: str) -> None:
    task = cluster.Task("worker", 1, False, 3, servers)
    with silent_servers.noting(task):
        time.sleep(seconds)


def test_only_the_servers_that_do_not_answer_are_noted(running, capsys):
    (nowhere,) = free_ports.find(1)
    unknown = "no-such-host.invalid:2222"

    _train(1.0, running, f"localhost:{nowhere}", "localhost:99999", unknown)

    lines = capsys.readouterr().out.splitlines()
    start = "note: the worker 1 waits for the parameter server at "
    assert [line[len(start) :].split(",")[0] for line in lines] == [
        f"localhost:{nowhere}",
        "localhost:99999",
        unknown,
    ]
    assert all(line.startswith(start) for line in lines)


def test_a_training_that_ends_before_is_not_noted(capsys):
    _train(0.0, f"localhost:{free_ports.find(1)[0]}")

    time.sleep(0.3)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("type_", ["evaluator", "ps"])
def test_a_process_that_waits_for_no_server_notes_nothing(type_, capsys):
    nowhere = f"localhost:{free_ports.find(1)[0]}"
    with silent_servers.noting(cluster.Task(type_, 0, False, 3, [nowhere])):
        time.sleep(0.3)

    assert capsys.readouterr().out == ""


def test_without_a_cluster_nothing_is_noted(capsys):
    with silent_servers.noting(cluster.Task()):
        time.sleep(0.3)

    assert capsys.readouterr().out == ""
