"""A cluster that runs already, reached by `ray://`, for real on loopback: the bytes of a run here."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from concord.errors import OptionError
from concord.evals.scale_runs import example_case
from concord.models import ray_cluster

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("ray") is None or find_spec("grpc") is None,
        reason="Ray and grpcio aren't installed: pip install 'concord-spec[ray]'",
    ),
]


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a head that has no CPU and works on nothing, with a node that does: on loopback, with a token."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            # By Ray's own name it is for other systems; here it lets a second node be on the loopback.
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
        }.items():
            patch.setenv(name, value)
        ports = free_ports(2)
        folder = Path("/tmp") / f"cr{os.getpid()}"  # short: sockets' names have 107 letters at the most
        nodes = [
            started(
                "--head", f"--port={ports[0]}", f"--ray-client-server-port={ports[1]}", "--include-dashboard=false",
                "--num-cpus=0", f"--temp-dir={folder}",
            )
        ]  # fmt: skip
        for port in ports:
            wait_for(port)
        nodes.append(started(f"--address=127.0.0.1:{ports[0]}", "--num-cpus=2"))
        yield f"ray://127.0.0.1:{ports[1]}"
        for node in reversed(nodes):
            node.terminate()
            node.wait(60)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def started(*words: str) -> "subprocess.Popen[bytes]":
    """A node of a cluster, as `ray start` starts it."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--node-ip-address=127.0.0.1",
            "--disable-usage-stats", "--min-worker-port=0", "--max-worker-port=0", *words,
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise AssertionError("the head didn't come up")


def free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


def test_a_run_on_a_cluster_that_runs_already_ends_with_the_same_bytes(head: str, tmp_path: Path) -> None:
    case = example_case(tmp_path, 40, 1)
    here = case.run("here")
    assert case.run("there", "--on", head) == here


WHERE = """
import asyncio, sys, ray
from concord.models.config import ModelConfig
from concord.models.ray_cluster import RayWorkplace
from concord.models.registry import open_at
with RayWorkplace(sys.argv[1], actors=4) as place:
    model = open_at(place, "embedded", ModelConfig())
    model._open()
    there = [one.__ray_call__.remote(lambda self: ray.get_runtime_context().get_node_id()) for one in model.actors]
    cpus = {node["NodeID"]: node["Resources"].get("CPU", 0) for node in ray.nodes()}
    print(sorted(cpus.values()), [cpus[node] for node in ray.get(there)])
    asyncio.run(model.close())
"""


def test_nobody_asks_on_a_head_that_works_on_nothing(head: str) -> None:
    told = subprocess.run([sys.executable, "-c", WHERE, head], capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[0] == "[0, 2.0] [2.0, 2.0, 2.0, 2.0]"


def test_a_head_that_turns_the_first_callers_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    turned_away: list[str] = []

    def join(address: str, **_: object) -> None:
        if len(turned_away) < 2:
            turned_away.append(address)
            raise ConnectionAbortedError("Starting Ray client server failed.")

    monkeypatch.setattr(ray, "init", join)
    monkeypatch.setattr(ray_cluster, "WAITS", (0.0, 0.0))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"ray://127.0.0.1:{listening.getsockname()[1]}"
        ray_cluster.RayWorkplace(address, actors=1)
        assert turned_away == [address] * 2
        turned_away.clear()
        monkeypatch.setattr(ray_cluster, "WAITS", (0.0,))
        with pytest.raises(OptionError, match="can't be reached"):
            ray_cluster.RayWorkplace(address, actors=1)


def test_a_cluster_that_isnt_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    case = example_case(tmp_path, 40, 1)
    with pytest.raises(RuntimeError, match=r"ended with 2: concord: --on ray://.* can't be reached"):
        case.run("nowhere", "--on", f"ray://127.0.0.1:{port}")
