"""A study that asks people about a run's proposals: its items, its store in the run's folder, and whom it asks."""

import csv
import io
import os
import random
import re
import secrets
from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import JsonValue

from ..agents.records import Verdict
from ..errors import OptionError, RunError
from ..graph.vote_records import Behaviour
from ..records import content_id
from ..review.reading.proposal import change_of
from ..review.reading.run import RunReading
from ..review.reading.source import RunSource
from ..review.sheets import cell
from ..store.runs import RunFolder
from ..store.sqlite import DATABASE, SqliteStore
from .answers import Invitation, Seat
from .plan import next_seats
from .records import Assignment, Item, Study
from .study_folder import ANSWERS, study_store
from .study_store import StudyStore, hashed
from .votes_step import VOTE, VoteContent

FOLDER = "asked"
"""In the run's folder."""
RUN = "proposals_of"
"""Note of the study's store: what tells the run that it asks about from every other."""
PEOPLE = "people.csv"
"""Which participant has which seat, so that links find their people; readable by its owner alone."""
MOST = 10
"""Proposals that one person is asked about at most."""
_ATTRIBUTES = re.compile(r"^(#{1,6}[ \t].*?)[ \t]*\{[^{}\n]*\}[ \t]*$", re.MULTILINE)
"""A heading's ids and authorities: they say nothing to a person who reads a change."""
TITLE = "What should the rules for an AI assistant say?"


def vote_item(reading: RunReading, proposal: str, behaviours: Sequence[Behaviour]) -> Item:
    """What people are shown of a proposal. Raises OptionError for one that applies to no text of the run."""
    found = reading.known.by_id.get(proposal)
    base = None if found is None else reading.base_of(found)
    change = None if found is None or base is None else change_of(found, base, "")
    if found is None or change is None:
        raise OptionError(
            f"the run {reading.id} has no proposal {proposal!r} that applies to one of its texts"
        )
    content = VoteContent(
        proposal=proposal,
        intent=found.intent,
        about=", ".join(dict.fromkeys(each.title for each in change.redlines)),
        before=_ATTRIBUTES.sub(r"\1", change.markdown_before),
        after=_ATTRIBUTES.sub(r"\1", change.markdown_after),
        behaviours=tuple(each for each in behaviours if each.proposal == proposal and not each.same),
    )
    told: dict[str, JsonValue] = content.model_dump(mode="json")
    return Item(id=content_id("vote item", proposal), kind=VOTE, content=told)


def vote_study(
    reading: RunReading,
    proposals: Sequence[str],
    behaviours: Sequence[Behaviour],
    *,
    seed: int = 0,
    consent: str = "",
    contact: str = "",
    per_person: int = MOST,
    synthetic: bool = False,
) -> Study:
    """The study on these proposals: everybody sees as many of them as `per_person` allows.

    Raises OptionError for no proposals.
    """
    items = [vote_item(reading, id_, behaviours) for id_ in dict.fromkeys(proposals)]
    if not items:
        raise OptionError(
            f"the run {reading.id} has no proposal to ask people about: none was tried or adopted"
        )
    many = min(per_person, len(items))
    return Study(
        id=content_id("vote study", reading.source.launched.run, [item.id for item in items], seed),
        title=TITLE,
        consent=consent,
        contact=contact,
        items=tuple(items),
        own_rubrics=False,
        assignment=Assignment(per_person=many, raters=1, shared=many if many == len(items) else 0, seed=seed),
        synthetic=synthetic,
    )


def votes_folder(run: Path) -> Path:
    """Where a run's votes are asked for."""
    return run / FOLDER


def open_votes(run: Path, study: Study | None = None, *, key: bytes | None = None) -> StudyStore:
    """The store of a run's votes; made with `study` where there is none yet. Raises RunError where there is none."""
    folder = votes_folder(run)
    if (folder / ANSWERS / DATABASE).is_file():
        return study_store(folder)
    if study is None:
        raise RunError(
            f"{run}: nobody was asked about its proposals yet; do so with `concord elicit serve --proposals {run.name}`"
        )
    try:
        (folder / ANSWERS).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise RunError(f"{folder}: votes can't be kept there ({problem.strerror})") from None
    store = StudyStore(SqliteStore.create(folder / ANSWERS))
    store.create(study, key=key)
    store.store.put_note(RUN, run_mark(run))
    store.store.flush()
    return store


def run_mark(run: Path) -> str:
    """What tells a run from every other, whatever its folder is called. Raises RunError."""
    return RunSource(RunFolder(run)).launched.run


def people_read(reading: RunReading, proposals: Sequence[str]) -> list[str]:
    """Participants whose words the validator read on any of these proposals: their votes measure and correct it."""
    verdicts: list[Verdict] = [each for id_ in proposals for each in reading.source.verdicts(id_)]
    return sorted({each.participant for each in verdicts if not each.is_label})


def write_people(path: Path, seats: Sequence[Seat]) -> None:
    """Seat and participant as CSV. Raises RunError where it can't be written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("seat", "participant"))
    writer.writerows((seat.number, cell(seat.participant)) for seat in seats)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as problem:
        raise RunError(f"{path}: can't be written ({problem.strerror})") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text.getvalue())


def invite_readers(
    store: StudyStore, people: Collection[str], count: int, *, seed: int = 0
) -> list[tuple[Seat, str]]:
    """Seats for `count` of these people under their own ids, with the token of each one's link.

    They are drawn at random by seed, which is what the correction of the validator's shares rests on; who has a seat
    already isn't drawn again. Raises OptionError where fewer are left.
    """
    known = store.seats.find()
    taken = {seat.participant for seat in known}
    left = [name for name in sorted(set(people)) if name not in taken]
    if count > len(left):
        raise OptionError(
            f"{count} people can't be asked: {len(left)} of those whose words the validator read are not asked yet"
        )
    chosen = random.Random(f"votes {seed} {len(taken)}").sample(left, count)
    first = max((seat.number for seat in known), default=-1) + 1
    seats = next_seats(store.study, known, count, name=lambda number: chosen[number - first])
    tokens = [secrets.token_urlsafe(32) for _ in seats]
    store.seats.add(seats)
    store.invitations.add(
        [
            Invitation(id=hashed(token), participant=seat.participant, seat=seat.number)
            for seat, token in zip(seats, tokens, strict=True)
        ]
    )
    store.store.flush()
    return list(zip(seats, tokens, strict=True))
