"""A study of a few conversations, its pages without a network, and a server of its own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from concord.elicit.records import Assignment, Item, Provenance, Question, RubricItem, Study
from concord.elicit.study_store import StudyStore
from concord.elicit.web.app import study_app
from concord.elicit.web.limits import Limits
from concord.elicit.web.serving import study_server
from concord.panel.records import Conversation, Message, Response
from concord.review.web.access import Access
from concord.review.web.server import Listening
from concord.store import MemoryStore, SqliteStore
from concord.testing import chromium

PORT = 8123
LABELS = "ABCD"


def talk(number: int, responses: int = 4) -> Conversation:
    return Conversation(
        id=f"talk-{number}",
        messages=(Message(role="user", content=f"Is it right to lie in case {number}?"),),
        responses=tuple(
            Response(
                label=label, messages=(Message(role="assistant", content=f"Answer {label} to {number}."),)
            )
            for label in LABELS[:responses]
        ),
    )


def study(conversations: int = 6, **more: Any) -> Study:
    """A small study with everything on."""
    items = tuple(
        Item(
            id=f"talk-{number}", conversation=talk(number),
            sources={label: Provenance(model="embedded", opinion="", call="") for label in LABELS},
            rubrics=(RubricItem(id=f"r{number}", criterion="It says what would follow."),),
        )
        for number in range(conversations)
    )  # fmt: skip
    values: dict[str, Any] = {
        "id": "study-1", "consent": "We keep what you write.\n\nYou may stop at any time.", "contact": "ada@example.org",
        "about": (
            Question(id="age", ask="How old are you?", choices=("18-24", "25-34")),
            Question(id="name", ask="What should we call you?"),
        ),
        "opinions": (Question(id="importance", ask="How important is a good answer here?", choices=("Not", "Very")),),
        "blocks": ("world", "personal"), "second_for": 1, "assignment": Assignment(per_person=2, raters=2, shared=1, seed=3),
        "items": items,
    }  # fmt: skip
    return Study(**{**values, **more})


def opened(study_: Study, folder: Path | None = None) -> StudyStore:
    """A store with this study: in memory, or in a folder."""
    store = StudyStore(SqliteStore.create(folder) if folder else MemoryStore())
    store.create(study_, key=b"k" * 32)
    return store


class Person:
    """Fills in pages as a browser without scripts does."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client = client
        self.base = f"/s/{token}"

    def get(self, address: str = "") -> Any:
        return self.client.get(address or self.base)

    def hidden(self, html: str) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))

    def send(self, address: str, fields: dict[str, Any], html: str | None = None) -> Any:
        page = self.get(address).text if html is None else html
        return self.client.post(address, data={**self.hidden(page), **fields}, follow_redirects=False)

    def fill(self, page: Any) -> Any:
        """Send the page that is open with everything that it needs."""
        return self.send(page.url.path, answers_to(page.text), page.text)

    def through(self) -> int:
        """Take every step up to the end; returns how many."""
        steps = 0
        page = self.get()
        while not page.url.path.endswith("/finish"):
            sent = self.fill(page)
            assert sent.status_code == 303, sent.text
            page = self.get(sent.headers["location"])
            steps += 1
        return steps


def answers_to(html: str) -> dict[str, str]:
    """Something for every field of a page."""
    fields: dict[str, str] = {}
    if 'name="agree"' in html:
        fields["agree"] = "yes"
    for place, label in enumerate(re.findall(r'data-label="(\w)"', html)):
        fields[f"tier-{label}"] = ("1", "2", "2", "unacceptable")[place]
    if 'name="why"' in html:
        fields["why"] = "Weil es ehrlich ist."
    for name, first in re.findall(
        r'<select name="([^"]+)"[^>]*><option value="">No answer</option><option value="([^"]*)"', html
    ):
        fields[name] = first
    for name in re.findall(r'<input type="text" name="(own-\d)"', html):
        fields[name] = f"It is kind ({name})."
    return fields


@pytest.fixture
def client_of() -> Iterator[Callable[..., TestClient]]:
    """Makes clients of a study's pages without a network, each a browser of its own."""
    made: list[TestClient] = []

    def make(store: StudyStore, **more: Any) -> TestClient:
        app = study_app(store, Access(hosts=(f"127.0.0.1:{PORT}",)), **more)
        found = TestClient(
            app, base_url=f"http://127.0.0.1:{PORT}", headers={"sec-fetch-site": "same-origin"}
        )
        found.__enter__()
        made.append(found)
        return found

    yield make
    for each in made:
        each.__exit__(None, None, None)


class Served:
    """A real server over a study, which can be stopped and started again at the same port."""

    def __init__(self, store: StudyStore, port: int = 0, **more: Any) -> None:
        listening = Listening.on("127.0.0.1", port)
        self.store = store
        self.port = listening.port
        self.address = f"http://127.0.0.1:{self.port}"
        app = study_app(store, Access(hosts=(f"127.0.0.1:{self.port}",)), **more)
        self._server = study_server(app)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening.socket]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=10)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(store: StudyStore, **more: Any) -> Served:
        running.append(Served(store, **more))
        return running[-1]

    yield start
    for each in running:
        each.stop()


class Process:
    """A server in a process of its own, as an organiser starts one: it can be killed like any other."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        command = [sys.executable, "-m", "concord", "elicit", "serve", str(folder), "--port", str(port)]
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "200"}
        )
        assert self._process.stderr is not None
        said = b""
        while (found := re.search(rb"People answer at http://127\.0\.0\.1:(\d+)/", said)) is None:
            line = self._process.stderr.readline()
            assert line, f"the server didn't start: {said.decode()}"
            said += line
        self.port = int(found.group(1))
        self.address = f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """At once, in the middle of whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


@pytest.fixture
def serve_process() -> Iterator[Callable[..., Process]]:
    running: list[Process] = []

    def start(folder: Path, port: int = 0) -> Process:
        running.append(Process(folder, port))
        return running[-1]

    yield start
    for each in running:
        each.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; the test is skipped where there is none, with the reason."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed (extra `browser`)")
    found = chromium.find()
    if found is None:
        pytest.skip("there is no Chromium here: `make browser` gets one")
    with api.sync_playwright() as driver:
        opened_ = driver.chromium.launch(
            executable_path=str(found), args=chromium.arguments(), env=chromium.environment()
        )
        yield opened_
        opened_.close()


__all__ = ["Limits", "Person", "Process", "Served", "answers_to", "opened", "study", "talk"]
