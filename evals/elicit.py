"""Many people answer at once: is every answer stored, once, and how long does a save take?

A real server in a process of its own serves a study; scripted people open their links, save while they write, send some
saves twice (as after a lost reply), and go through to the end. The server may be killed in between.
"""

import asyncio
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from ..elicit.answers import Seat
from ..elicit.page_form import PageForm
from ..elicit.plan import people_needed
from ..elicit.records import Assignment, Item, Question, RubricItem, Study
from ..elicit.scripted_people import ScriptedBrowser
from ..elicit.steps.walk import Walk
from ..elicit.study_folder import ANSWERS
from ..elicit.study_store import StudyStore
from ..errors import CallFailed, RunError
from ..panel.records import Conversation, Message, Response
from ..records import Record
from ..store.sqlite import SqliteStore
from .pages_data import TOPICS, text
from .registry import Figures, Progress

_ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)/")
_LABELS = "ABCD"


class Config(Record):
    people: int = Field(200, ge=1)
    """People who answer at the same time."""
    prompts: int = Field(5, ge=1, le=20)
    """Prompts that each sees."""
    conversations: int = Field(100, ge=1)
    """Conversations of the study."""
    think: float = Field(2.0, ge=0)
    """Mean seconds between two things that a person does; people take many more."""
    resend: float = Field(0.1, ge=0, le=1)
    """Share of the saves that are sent twice."""
    kills: int = Field(0, ge=0, le=5)
    """How often the server is killed and started again in between."""


@dataclass
class _Sent:
    """What people sent and were told is saved, and how long each save took (ms)."""

    saves: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(participant, step, what tells the save apart) to how often it was sent."""
    took: list[float] = field(default_factory=list)
    left: int = 0
    """People who are not through yet."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at each save, and when somebody is through."""


async def run(config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None) -> Figures:
    """The figures of the worst of `seeds` repeats (by the time of a save)."""
    say = progress or (lambda _: None)
    found: list[dict[str, float]] = []
    for number in range(seeds):
        with tempfile.TemporaryDirectory(prefix="concord-elicit-") as folder:
            found.append(await _measured(Path(folder), config, seed + number))
        say(", ".join(f"{name} {value:.6g}" for name, value in found[-1].items()))
    worst = max(found, key=lambda each: (each["answers_lost"], each["answers_twice"], each["save_ms_p99"]))
    return dict(worst)


def make_study(config: Config, seed: int) -> Study:
    """A study of invented words."""
    rng = random.Random(seed)

    def item(number: int) -> Item:
        return Item(
            id=f"prompt-{number}",
            conversation=Conversation(
                id=f"prompt-{number}",
                messages=(Message(role="user", content=f"About {TOPICS[number % len(TOPICS)]}: {text(rng, 30)}"),),
                responses=tuple(
                    Response(label=label, messages=(Message(role="assistant", content=text(rng, 90)),)) for label in _LABELS
                ),
            ),
            rubrics=(RubricItem(id=f"r{number}", criterion=text(rng, 10)),),
        )  # fmt: skip

    return Study(
        id=f"eval-{seed}", consent=text(rng, 60), synthetic=True,
        about=(Question(id="age", ask="How old are you?", choices=("18-24", "25-34", "35-44")), Question(id="name", ask="Name?")),
        opinions=(Question(id="importance", ask="How important is it?", choices=("Not", "Somewhat", "Very")),),
        blocks=("world", "personal"), second_for=2,
        assignment=Assignment(per_person=config.prompts, raters=5, shared=min(1, config.prompts - 1), seed=seed),
        items=tuple(item(number) for number in range(config.conversations)),
    )  # fmt: skip


async def _measured(folder: Path, config: Config, seed: int) -> dict[str, float]:
    study = make_study(config, seed)
    people_needed(study.assignment, len(study.items))
    store = StudyStore(SqliteStore.create(folder / ANSWERS))
    store.create(study)
    invited = store.invite(config.people)
    store.close()
    server = await _Server.start(folder)
    sent = _Sent(left=config.people)
    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for seat, token in invited:
                rng = random.Random(f"{seed} {seat.number}")
                group.create_task(_person(server.address, study, seat, token, config, rng, sent))
            if config.kills:
                group.create_task(_killing(server, config, sent))
    finally:
        await server.end()
    seconds = time.perf_counter() - began
    return _figures(folder, config, sent, seconds)


async def _person(
    address: str, study: Study, seat: Seat, token: str, config: Config, rng: random.Random, sent: _Sent
) -> None:
    """One person, from the link to the end."""
    browser = ScriptedBrowser(address, patience=120.0)
    walk = Walk(study, seat)

    async def think() -> None:
        if config.think:
            await asyncio.sleep(min(rng.expovariate(1 / config.think), 4 * config.think))

    try:
        await think()
        page = await browser.get(f"/s/{token}")
        while (form := PageForm.of(page.text)).action:
            step = walk.steps[int(form.action.rpartition("/")[2])]
            written = ""
            if "why" in form.texts:
                for part in range(2):  # saved on the way, as the page's script does
                    written = f"{seat.number} on {step.id}, part {part}"
                    fields = {**form.hidden, **filled(form, rng, written), "count": str(part + 1)}
                    await think()
                    await _save(
                        browser,
                        f"{form.action}/draft",
                        fields,
                        (seat.participant, step.id, written),
                        sent,
                        rng,
                        config,
                    )
            written = f"{seat.number} on {step.id}, whole" if form.texts else ""
            fields = {**form.hidden, **filled(form, rng, written), "count": "9"}
            await think()
            on = await _save(
                browser, form.action, fields, (seat.participant, step.id, written), sent, rng, config
            )
            page = await browser.get(on)
        if "You are through" not in page.text:
            raise CallFailed(f"a page of the study answered {page.status}")
    finally:
        sent.left -= 1
        sent.moved.set()
        await browser.close()


async def _save(
    browser: ScriptedBrowser, path: str, fields: Mapping[str, str], key: tuple[str, str, str], sent: _Sent,
    rng: random.Random, config: Config,
) -> str:  # fmt: skip
    """Send one save, perhaps twice; where it leads. Only an answer that came at the first try is timed."""
    for _ in range(2 if rng.random() < config.resend else 1):
        began = time.perf_counter()
        try:
            found = await browser.once(path, fields)
            sent.took.append(1000 * (time.perf_counter() - began))
        except (OSError, EOFError):
            found = await browser.post(path, fields)
        if found.status not in (200, 303):
            raise CallFailed(f"a save was answered {found.status}: {found.text[:200]}")
        sent.saves[key] += 1
        sent.moved.set()
    return found.location


def filled(form: PageForm, rng: random.Random, written: str) -> dict[str, str]:
    """Something for every field."""
    return {
        **form.checks,
        **{name: rng.choice(values) for name, values in form.radios.items()},
        **{name: rng.choice(values) for name, values in form.selects.items()},
        **dict.fromkeys(form.texts, written),
    }


async def _killing(server: "_Server", config: Config, sent: _Sent) -> None:
    """Kill the server a few times while people answer."""
    for number in range(config.kills):
        while sent.left and len(sent.took) < (number + 1) * config.people:
            sent.moved.clear()
            await sent.moved.wait()
        await server.kill_and_start()


def _figures(folder: Path, config: Config, sent: _Sent, seconds: float) -> dict[str, float]:
    store = StudyStore(SqliteStore.open(folder / ANSWERS))
    try:
        rows = Counter((each.participant, each.step, _written(each.value)) for each in store.answers.find())
    finally:
        store.close()
    took = sorted(sent.took)
    return {
        "people": float(config.people),
        "answers_sent": float(len(sent.saves)),
        "answers_stored": float(sum(key in rows for key in sent.saves)),
        "answers_twice": float(sum(count - 1 for count in rows.values())),
        "answers_lost": float(sum(key not in rows for key in sent.saves)),
        "sent_again": float(sum(count - 1 for count in sent.saves.values())),
        "save_ms_p50": took[len(took) // 2],
        "save_ms_p99": took[min(len(took) - 1, int(0.99 * len(took)))],
        "save_ms_max": took[-1],
        "saves_per_second": len(took) / seconds,
        "seconds": seconds,
    }


def _written(value: Mapping[str, Any]) -> str:
    """What tells one save of a step from another."""
    if "why" in value:
        return str(value["why"])
    if value.get("own"):
        return str(value["own"][0]["criterion"])
    if "answers" in value:
        return str(value["answers"].get("name", ""))
    return ""


@dataclass
class _Server:
    """A study's server in a process of its own, as an organiser starts one."""

    folder: Path
    process: asyncio.subprocess.Process
    port: int

    @classmethod
    async def start(cls, folder: Path, port: int = 0) -> "_Server":
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "concord", "elicit", "serve", str(folder), "--port", str(port),
            env={**os.environ, "COLUMNS": "200"}, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stderr is not None
        said = b""
        while (found := _ADDRESS.search(said)) is None:
            line = await process.stderr.readline()
            if not line:
                raise RunError(f"the study's server didn't start: {said.decode(errors='replace').strip()}")
            said += line
        return cls(folder, process, int(found.group(1)))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def kill_and_start(self) -> None:
        self.process.kill()
        await self.process.wait()
        again = await _Server.start(self.folder, self.port)
        self.process = again.process

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.communicate()
