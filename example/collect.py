"""Collects the example's second data set through a study's pages: `python -m concord.example.collect --seed N --out DIR`.

The `embedded` model prepares the study, a server serves it on this machine, and scripted people open their links and
answer over HTTP. They are those of the first data set: they want what the embedded reader reads in the true spec. The same
seed gives the same bytes. Everything is synthetic, and says so.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..elicit.export import Exported, export_study
from ..elicit.page_form import PageForm
from ..elicit.preparing import ROLES, Wish, prepare
from ..elicit.scripted_people import Mind, ScriptedBrowser, walk_through
from ..elicit.steps.ranking import UNACCEPTABLE
from ..elicit.study_folder import SETTINGS, PlanNumbers, open_study, write_study
from ..elicit.study_store import StudyStore
from ..elicit.web.access import study_access
from ..elicit.web.app import study_app
from ..elicit.web.limits import Limits
from ..elicit.web.serving import study_server
from ..errors import InputError
from ..models.budget import Budget
from ..models.call_log import StoredCalls
from ..models.caller import Caller
from ..models.embedded.asked import MessageData
from ..models.embedded.reader import Reader
from ..models.registry import open_model
from ..panel.ranking import Ranking
from ..records import digest
from ..review.web.server import Listening
from ..store.memory import MemoryCallCache
from .people import Person, draw_people, justify
from .world import Place, example_spec, planted, read_sections, reading_table, true_spec

SECTIONS = ("law", "politics", "money", "homework", "relationships", "careers")
PER_SECTION = 4
PEOPLE = 24
NUMBERS = PlanNumbers(per_person=8, raters=7, shared=2)
_FLAGS = 0.2
_OWN = 0.3


async def collect(seed: int, out: Path) -> Exported:
    """Prepare, serve, answer and export. Raises InputError and CallFailed."""
    with tempfile.TemporaryDirectory(prefix="concord-collect-") as name:
        folder = Path(name)
        await _prepared(folder, seed)
        store = open_study(folder, key=digest(["concord example collected", seed]).encode())
        try:
            await _answered(store, seed)
            return export_study(store, out)
        finally:
            store.close()


async def _prepared(folder: Path, seed: int) -> None:
    """What `concord elicit prepare --model embedded` does, with the settings marked synthetic."""
    model = open_model("embedded")
    caller = Caller(model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget())
    wish = Wish(sections=SECTIONS, per_section=PER_SECTION, seed=seed)
    found = await prepare(example_spec(), dict.fromkeys(ROLES, caller), wish)
    write_study(folder, found.items, NUMBERS.model_copy(update={"seed": seed}))
    settings = folder / SETTINGS
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("synthetic = false", "synthetic = true"), encoding="utf-8")


async def _answered(store: StudyStore, seed: int) -> None:
    """Serve the study to its people, all at once, until the last is through."""
    invited = store.invite(PEOPLE)
    people = draw_people(PEOPLE, random.Random(f"concord example collected {seed}"))
    world = _World(store, seed)
    listening = Listening.on("127.0.0.1", 0)
    access = study_access("127.0.0.1", listening.port, url=None, tls=False, behind_proxy=False)
    quick = Limits(saves_per_second=1000, saves_at_once=1000, pages_per_second=1000, pages_at_once=1000)
    server = study_server(study_app(store, access, limits=quick))
    serving = asyncio.create_task(server.serve(sockets=[listening.socket]))

    async def one(number: int, token: str, person: Person) -> None:
        browser = ScriptedBrowser(f"http://127.0.0.1:{listening.port}")
        try:
            await walk_through(browser, token, world.mind(person, random.Random(f"{seed} {number}")))
        finally:
            await browser.close()

    try:
        await asyncio.gather(
            *(one(seat.number, token, person) for (seat, token), person in zip(invited, people, strict=True))
        )
    finally:
        server.should_exit = True
        await serving
        listening.socket.close()


class _World:
    """What the people want, and how they fill in a page."""

    def __init__(self, store: StudyStore, seed: int) -> None:
        self.reader = Reader(reading_table())
        places = planted(seed)
        self.sections = read_sections(true_spec(places))
        by_section = {place.subject: place for place in places}
        self.places: dict[str, Place | None] = {
            item.conversation.messages[-1].content: by_section.get(item.section)
            for item in store.study.items
            if item.conversation is not None
        }

    def mind(self, person: Person, rng: random.Random) -> Mind:
        """How one person answers, with errors and tastes of their own."""

        def answer(form: PageForm) -> Mapping[str, str]:
            if form.checks:
                return form.checks
            if form.responses:
                return {**self._ranked(form, person, rng), **_chosen(form, rng)}
            if any(name.startswith("q-") for name in (*form.selects, *form.texts)):
                return {f"q-{name}": told for name, told in person.demographics.items()}
            return self._scored(form, rng)

        return answer

    def _ranked(self, form: PageForm, person: Person, rng: random.Random) -> dict[str, str]:
        messages = tuple(MessageData(role="user", content=text) for text in form.prompt)
        weights = {
            name: rule.rule.weight for name, rule in self.reader.in_force(self.sections, messages).items()
        }
        labels = sorted(form.responses)
        shown = {label: self.reader.table.shown(form.responses[label]) for label in labels}
        ranking = person.rank(shown, weights, rng)
        tiers = Ranking.parse(ranking).tiers
        fields = {f"tier-{label}": str(number + 1) for number, tier in enumerate(tiers) for label in tier}
        if len(tiers) > 2 and rng.random() < _FLAGS:
            fields |= {f"tier-{label}": UNACCEPTABLE for label in tiers[-1]}
        return {
            **fields,
            "why": justify(ranking, shown, weights, self.places[form.prompt[-1]], rng),
        }

    def _scored(self, form: PageForm, rng: random.Random) -> dict[str, str]:
        """Written items as chance has it, now and then one of one's own."""
        fields = {
            name: str(rng.randint(-4, 10))
            for name in form.selects
            if name.startswith("score-") and rng.random() < 0.9
        }
        if rng.random() < _OWN:
            wanted = rng.choice(self.reader.table.behaviours)
            fields |= {"own-0": f"It should {wanted.does}.", "own-score-0": str(rng.randint(1, 10))}
        return fields


def _chosen(form: PageForm, rng: random.Random) -> dict[str, str]:
    return {name: rng.choice(values) for name, values in form.selects.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m concord.example.collect", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="a folder for the data")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(collect(options.seed, options.out))
    except (InputError, OSError) as problem:
        parser.error(str(problem))
    return 0


if __name__ == "__main__":
    sys.exit(main())
