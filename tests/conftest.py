"""What tests of more than one file build on: the command line in this process, and the guard of the network."""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from concord.testing.postgres import PostgresServer, postgres, why_not

LOCAL = ("localhost", "0.0.0.0", "::", "::1", "")


def is_local(host: object) -> bool:
    """Whether a host is this machine; names are not looked up."""
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    return name in LOCAL or name.startswith("127.") or name.endswith(".localhost")


@pytest.fixture(autouse=True)
def no_request_leaves_the_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Fails a test that connects, sends or looks up a name beyond loopback, even where its code forgives the error.

    Gives the list of what was tried. Other processes aren't watched.
    """
    tried: list[object] = []

    def checked(host: object, whole: object) -> None:
        if not is_local(host):
            tried.append(whole)
            raise OSError(f"a test may not reach {whole}")

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *words: Any) -> Any:
            address = words[-1]
            if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
                checked(address[0], address)
            return real(self, *words)

        return call

    look_up = socket.getaddrinfo

    def looked_up(host: Any, *words: Any, **settings: Any) -> Any:
        checked(host, host)
        return look_up(host, *words, **settings)

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, watched(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield tried
    if tried:
        pytest.fail(f"reached beyond this machine: {tried}")


@dataclass(frozen=True)
class Printed:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Concord = Callable[..., Printed]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of this test process's own; the test is skipped, with the reason, where there is none to be had."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with postgres() as server:
        yield server


@pytest.fixture
def database(postgres_server: PostgresServer) -> str:
    """The address of a new, empty database."""
    return postgres_server.database()


@pytest.fixture
def concord(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Concord:
    """Runs `concord …` in this process, in an empty folder that is also its home."""
    from concord.cli.app import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COLUMNS", raising=False)
    # On a loaded machine the plain lines of signs of life would come between what a test looks at.
    monkeypatch.setattr("concord.cli.progress.EVERY", 600.0)

    def call(*words: str | Path) -> Printed:
        monkeypatch.setattr(sys, "argv", ["concord", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        code = left.value.code
        return Printed(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call
