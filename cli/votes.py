"""`concord elicit votes`, and what `concord elicit serve --proposals RUN` needs before and after it serves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import OptionError
from .console import messages, output

if (
    TYPE_CHECKING
):  # they are imported where they are used: other commands of `concord elicit` don't wait for them
    from ..elicit.study_store import StudyStore
    from ..elicit.votes import TakenVotes


def votes(
    into: Annotated[str, typer.Option("--into", metavar="RUN", help="The run that the votes are about.")],
    late: Annotated[
        bool, typer.Option("--late", help="With what was sent after the study was closed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take people's votes on proposals into the run: beside the validator's verdicts, and to correct them.

    Doing so again adds nothing. What the run decided stands as it was decided.
    """
    from ..api.home import home
    from ..elicit.votes_study import open_votes
    from ..review.printing import show_json
    from ..store.runs import find_run

    folder = find_run(into, home()).path
    store = open_votes(folder)
    try:
        taken = taken_into(store, folder, late=late)
    finally:
        store.close()
    if as_json:
        show_json(output(), taken.model_dump(mode="json"))
        return
    show_taken(taken, folder)


def taken_into(store: "StudyStore", folder: Path, *, late: bool = False) -> "TakenVotes":
    """`elicit.votes.take_votes` with the people of the run's data."""
    from ..elicit.votes import take_votes

    return take_votes(store, folder, late=late)


def show_taken(taken: "TakenVotes", folder: Path) -> None:
    """What came of it, proposal by proposal."""
    from ..graph.records import Figure
    from ..graph.run_records import RunRecords
    from ..review.direct import show_direct
    from ..review.printing import count, interval, points
    from ..spec import visible

    late = f"; {count(taken.late, 'vote')} came after the study was closed" if taken.late else ""
    output().print(
        f"{count(taken.votes, 'vote')} stand, {taken.added} of them new to the run{late}.", soft_wrap=True
    )
    if (accuracy := taken.accuracy) is not None and accuracy.estimate is not None:
        output().print(
            f"Over all proposals the validator says what people vote in {points(accuracy.estimate)} of 100 cases (95 % "
            f"interval {interval(Figure.of(accuracy))}).",
            soft_wrap=True,
        )
    records = RunRecords.open(folder)
    try:
        for found in taken.figures:
            support = records.support.find(proposal=found.proposal)
            intent = records.proposals.get(found.proposal).intent
            show_direct(
                output(),
                found,
                support[-1].support if support else None,
                f"\n{found.proposal}: {visible(intent)}",
            )
    finally:
        records.close()


def asks_about_a_run(study: Path) -> bool:
    """Whether a study's folder lies in the run whose proposals it asks about."""
    from ..elicit.votes_study import FOLDER
    from ..store.runs import RunFolder

    return study.resolve().name == FOLDER and RunFolder(study.resolve().parent).database.is_file()


def opened_for(
    run: str, *, proposals: list[str], ask: int | None, new_people: int | None, contact: str, seed: int, url: str,
    links: Path | None, synthetic: bool = False,
) -> Path:  # fmt: skip
    """The folder of the study on a run's proposals, made where there is none, and links for whom it is to ask."""
    from ..api.behaving import PROPOSALS
    from ..api.home import home
    from ..elicit.behave import worth_asking
    from ..elicit.study_folder import ANSWERS
    from ..elicit.telling import show_links
    from ..elicit.votes_study import (
        PEOPLE,
        invite_readers,
        open_votes,
        people_read,
        vote_study,
        votes_folder,
        write_people,
    )
    from ..store.runs import find_run
    from ..store.sqlite import DATABASE
    from .reading import open_reading

    folder = find_run(run, home()).path
    study = None
    reading = open_reading(str(folder))
    if not (votes_folder(folder) / ANSWERS / DATABASE).is_file():
        ids = proposals or worth_asking(reading, PROPOSALS)
        behaviours = reading.source.behaviours()
        if missing := [id_ for id_ in ids if not any(each.proposal == id_ for each in behaviours)]:
            messages().print(
                f"Note: no behaviours are on record for {len(missing)} of {len(ids)} proposals, so people are shown the text "
                f"alone there; `concord behave {folder.name}` makes them",
                soft_wrap=True,
            )
        study = vote_study(reading, ids, behaviours, seed=seed, contact=contact, synthetic=synthetic)
    elif proposals:
        raise OptionError(
            f"people are asked about proposals of {folder.name} already, and what they are shown doesn't change: leave "
            "--proposal out"
        )
    store = open_votes(folder, study)
    try:
        asked = [item.content["proposal"] for item in store.study.items]
        made = []
        if ask:
            made += invite_readers(store, people_read(reading, [str(id_) for id_ in asked]), ask, seed=seed)
        if new_people:
            made += store.invite(new_people)
        if made:
            show_links(output(), url, [(seat.number, token) for seat, token in made], links)
        if ask:
            listed = votes_folder(folder) / PEOPLE
            write_people(listed, store.seats.find())
            messages().print(f"Which participant has which seat: {listed}", soft_wrap=True)
        if not store.seats.count():
            messages().print(
                "Note: nobody is invited yet: --ask N draws people whose words the validator read, --new-people N makes "
                "links for others",
                soft_wrap=True,
            )
    finally:
        store.close()
    return votes_folder(folder)
