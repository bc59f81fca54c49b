"""A demo run, a paused one, a hostile one; a server over them; a browser where there is one."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from concord.cli.review import go_on
from concord.review.reading.building import build
from concord.review.reading.run import RunReading
from concord.review.web.access import access_for
from concord.review.web.app import build_app
from concord.review.web.server import Listening, server
from concord.review.web.site import Site
from concord.store.ledger import Ledger
from concord.store.runs import RunFolder
from concord.testing import chromium

from .runs import demo_run, hostile_run

PORT = 8765


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's run, a paused one, and a hostile one."""
    folder = tmp_path_factory.mktemp("reviewed")
    demo_run(folder, "demo")
    demo_run(folder, "paused", approve=True)
    hostile_run(folder, "hostile")
    for name in ("demo", "paused", "hostile"):
        read(folder, name)
    return folder


@pytest.fixture(scope="session")
def demo(home: Path) -> RunReading:
    return read(home, "demo")


def read(home: Path, name: str) -> RunReading:
    reading = RunReading(RunFolder(home / name), home / "indexes")
    build(reading.index)
    return reading


def site_over(home: Path, *, port: int = PORT, **more: Any) -> Site:
    access = access_for("127.0.0.1", port, password=None, tls=False, user_header=None)
    for name in ("demo", "paused", "hostile"):
        if (home / name).is_dir():
            read(home, name)
    return Site(
        root=home,
        indexes=home / "indexes",
        access=access,
        ledger=Ledger(home / "ledger.jsonl"),
        go_on=go_on,
        **more,
    )


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    """Asks the pages without a network; forms come from the same origin."""
    with TestClient(
        build_app(site_over(home)),
        base_url=f"http://127.0.0.1:{PORT}",
        headers={"sec-fetch-site": "same-origin"},
    ) as found:
        yield found


@dataclass(frozen=True)
class Served:
    """A real server over a home."""

    address: str
    home: Path
    site: Site


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], Served]]:
    """Starts real servers, each on a free port of this machine."""
    running: list[tuple[Any, threading.Thread]] = []

    def start(folder: Path) -> Served:
        listening = Listening.on("127.0.0.1", 0)
        site = site_over(folder, port=listening.port)
        found = server(site)
        thread = threading.Thread(target=found.run, kwargs={"sockets": [listening.socket]}, daemon=True)
        thread.start()
        while not found.started:
            time.sleep(0.01)
        running.append((found, thread))
        return Served(f"http://127.0.0.1:{listening.port}", folder, site)

    yield start
    for found, thread in running:
        found.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def served(home: Path, serve: Callable[[Path], Served]) -> Served:
    return serve(home)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; the test is skipped where there is none, with the reason."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed (extra `browser`)")
    found = chromium.find()
    if found is None:
        pytest.skip("there is no Chromium here: `make browser` gets one")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=str(found), args=chromium.arguments(), env=chromium.environment()
        )
        yield opened
        opened.close()
