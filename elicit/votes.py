"""Takes people's votes out of a study and into the run that they are about."""

from pathlib import Path

from pydantic import ValidationError

from ..agreement.intervals import Estimate
from ..errors import RunError
from ..graph.run_records import RunRecords
from ..graph.vote_records import DirectFigures, DirectVote
from ..graph.voting import direct_figures, keep_votes, validator_accuracy
from ..records import Record, canonical_json
from ..review.reading.launched import launched
from ..store.runs import RunFolder
from .study_store import StudyStore
from .votes_step import VOTE
from .votes_study import RUN, run_mark


class TakenVotes(Record):
    """What came of taking votes in."""

    run: str
    votes: int
    """That stand in the study."""
    added: int
    """That the run didn't have."""
    late: int
    """Sent after the study was closed: left out unless asked for."""
    accuracy: Estimate | None
    """How often the validator says what people vote, over all these proposals; None where nobody is in both."""
    figures: tuple[DirectFigures, ...]
    """One a proposal that anybody voted on."""
    corrected: tuple[str, ...]
    """Proposals whose share in support is corrected by the votes now."""


def votes_of(store: StudyStore, *, late: bool = False) -> tuple[list[DirectVote], int]:
    """The votes that stand, in the order of their seats; and how many came late, which count with `late` only."""
    study = store.study
    order = {seat.participant: seat.number for seat in store.seats.find()}
    found: list[DirectVote] = []
    after = 0
    standing = [each for each in store.all_standing() if each.kind == VOTE and each.complete and each.counts]
    for each in sorted(standing, key=lambda one: (order.get(one.participant, 0), one.item)):
        after += each.late
        if each.late and not late:
            continue
        value = store.answer(each.answer).value
        try:
            found.append(
                DirectVote.model_validate(
                    {
                        "proposal": value.get("proposal"), "participant": each.participant, "stance": value.get("stance"),
                        "why": value.get("why", ""), "choices": value.get("choices", ()), "study": study.id,
                        "at": each.at,
                    }
                )
            )  # fmt: skip
        except ValidationError:
            raise RunError(
                f"the answer {each.answer} in the study's store is no vote: the store was changed by hand"
            ) from None
    return found, after


def vote_lines(store: StudyStore, *, late: bool = False) -> bytes:
    """The votes as JSON lines, for an export; empty for a study that asks about no proposals."""
    votes, _ = votes_of(store, late=late)
    return b"".join(canonical_json(vote) + b"\n" for vote in votes)


def take_votes(store: StudyStore, run: Path, *, late: bool = False) -> TakenVotes:
    """Put the votes that stand into the run's records, as verdicts with source `participant`.

    Doing so again adds nothing. Support is weighed anew: with ten votes or more of people whose words the validator
    read, its share is corrected by them. What the run decided stands. Raises RunError where the study is about
    another run.
    """
    if store.store.note(RUN) != run_mark(run):
        raise RunError(f"this study didn't ask about the run {run.name}: its votes belong to another one")
    votes, after = votes_of(store, late=late)
    records = RunRecords.open(run)
    try:
        known = {each.id for each in records.proposals.find()}
        if strange := [vote.proposal for vote in votes if vote.proposal not in known]:
            raise RunError(
                f"the run {run.name} has no proposal {strange[0]}: this study asked about another run"
            )
        added = keep_votes(records, votes, seed=launched(RunFolder(run)).options.seed)
        return TakenVotes(
            run=str(run),
            votes=len(votes),
            added=sum(added.values()),
            late=after,
            accuracy=validator_accuracy(records),
            figures=tuple(figure for id_ in added if (figure := figures_of(records, id_)) is not None),
            corrected=tuple(
                id_
                for id_ in added
                if any(each.support.corrected for each in records.support.find(proposal=id_))
            ),
        )
    finally:
        records.close()


def figures_of(records: RunRecords, proposal: str) -> DirectFigures | None:
    """What direct votes on a proposal come to, out of a run's records; None without votes."""
    support = records.support.find(proposal=proposal)
    return direct_figures(
        proposal, records.verdicts.find(proposal=proposal), records.votes.find(proposal=proposal),
        apart=support[-1].elsewhere_asked if support else (),
    )  # fmt: skip
