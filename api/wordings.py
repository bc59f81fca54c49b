"""Reviewers' own wordings, tested as every proposal is: on the run's text, paid for by its alpha."""

from collections.abc import Sequence
from functools import partial

from ..errors import BudgetEnded, EditError, OptionError, RunError
from ..graph.human_records import ProposalReport
from ..graph.human_run import propose
from ..graph.launching import Finished
from ..graph.question import Answer, Question
from ..review.desk import Desk, Entry
from ..review.proposed import STANDS
from ..review.wording import NOTE, WordingTest, onto, tests_of, waiting
from ..review.words import REASONS
from ..spec import Spec
from ..spec.proposal_file import Written
from .session import RunSession


async def test_wordings(session: RunSession) -> tuple[list[ProposalReport], Finished | None]:
    """Test what waits on the reviewers' desk, one after the other; what was found, and the run with it.

    Each outcome is kept with the run. What can't be tested now (the run stands in the middle of a step, the budget
    is used up) waits on. Raises CallFailed.
    """
    reports: list[ProposalReport] = []
    finished: Finished | None = None
    for entry in _waiting(session):
        try:
            result, finished = await propose(
                session.inputs, partial(_written, session, entry),
                run=session.config.run or "run", checkpoint=session.folder.checkpoint if session.folder else None,
                ledger=session.ledger, meter=session.tracker,
            )  # fmt: skip
        except (EditError, OptionError) as problem:
            _keep(session, WordingTest(entry=entry.id, proposal="", status="untestable", told=str(problem)))
            continue
        except (BudgetEnded, RunError) as problem:
            session.tracker.note(f"{entry.name}'s wording waits on: {problem}")
            break
        if result.budget_ended:
            session.tracker.note(f"{entry.name}'s wording waits on: {result.budget_ended}")
            break
        _keep(session, _found(entry, result.reports[0]))
        reports.extend(result.reports)
    return reports, finished


async def tried(session: RunSession) -> list[ProposalReport]:
    """`test_wordings` alone, in a session that is closed after it; a finished run's outputs are written anew."""
    try:
        try:
            reports, finished = await test_wordings(session)
        finally:
            await session.close_models()
        if finished is not None and session.folder is not None and session.folder.summary.is_file():
            session.write(finished)
        return reports
    finally:
        session.close()


def answer_for(session: RunSession, question: Question) -> Answer | None:
    """The word of a reviewer whose wording the loop asks about: adopted on the result, as they said it should be."""
    if session.folder is None:
        return None
    standing = Desk(session.folder.path).standing()
    for test in _tests(session).values():
        entry = next((each for each in standing.values() if each.id == test.entry), None)
        if entry is not None and test.proposal == question.proposal and test.holds:
            return Answer(
                proposal=question.proposal, decision="adopt", name=entry.name, note=entry.reason
            )  # fmt: skip
    return None


def _waiting(session: RunSession) -> list[Entry]:
    if session.folder is None:
        return []
    return waiting(Desk(session.folder.path).standing(), _tests(session))


def _tests(session: RunSession) -> dict[str, WordingTest]:
    return tests_of(dict(session.inputs.records.notes(NOTE)))


def _written(session: RunSession, entry: Entry, current: Spec) -> Sequence[Written]:
    proposal = session.inputs.records.proposals.get(entry.proposal)
    return [
        Written(
            edits=onto(current, entry.wording), intent=proposal.intent, kind=proposal.kind, author=entry.name,
            name=f"{entry.name}'s wording",
        )
    ]  # fmt: skip


def _found(entry: Entry, report: ProposalReport) -> WordingTest:
    outcome = report.outcome
    stands = STANDS.get(outcome.status) or REASONS[outcome.reason or "no_evidence"]
    return WordingTest(
        entry=entry.id,
        proposal=report.proposal.id,
        status=outcome.status,
        label=outcome.label or "",
        told=" ".join(
            filter(None, (f"{stands}.", outcome.note, report.trial.reason if report.trial else ""))
        ),
    )


def _keep(session: RunSession, test: WordingTest) -> None:
    session.inputs.records.put_note(NOTE + test.entry, test.model_dump(mode="json"))
    session.inputs.records.flush()
