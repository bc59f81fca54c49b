"""A cluster that runs already, reached by `ray://`, for real on loopback: the bytes of a run here."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from concord.evals.scale_runs import example_case

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("ray") is None or find_spec("grpc") is None,
        reason="Ray and grpcio aren't installed: pip install 'concord-spec[ray]'",
    ),
]


@pytest.fixture
def head(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a head node of its own, on loopback, with a token."""
    for name, value in {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    ports = free_ports(2)
    folder = Path("/tmp") / f"cr{os.getpid()}"  # short: sockets' names have 107 letters at the most
    node = subprocess.Popen(
        [
            sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--node-ip-address=127.0.0.1",
            f"--port={ports[0]}", f"--ray-client-server-port={ports[1]}", "--include-dashboard=false", "--num-cpus=2",
            f"--temp-dir={folder}", "--disable-usage-stats", "--min-worker-port=0", "--max-worker-port=0",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    yield f"ray://127.0.0.1:{ports[1]}"
    node.terminate()
    node.wait(60)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


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


def test_a_cluster_that_isnt_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    case = example_case(tmp_path, 40, 1)
    with pytest.raises(RuntimeError, match=r"ended with 2: concord: --on ray://.* can't be reached"):
        case.run("nowhere", "--on", f"ray://127.0.0.1:{port}")
