"""A person's own edit, put to the test: does it bring rankings nearer to the people, and do they ask for it?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from ..agents.records import Verdict
from ..graph.deciding import EVERYBODY, weigh_voices
from ..graph.measuring import grade_all
from ..graph.testing import trial
from ..graph.workshop import Setup, Workshop
from ..models.records import Where
from ..panel.records import Panel
from ..records import Record
from ..review.fragments import grid, heading, paragraph
from ..review.printing import count
from ..spec import Edit, Kind, Proposal, Spec, apply
from ..trials.records import Trial
from .config import TRYING
from .frames import Records
from .inputs import Inputs
from .progress import Callback, Tracker
from .redlines import Redline, redline
from .session import open_run
from .settings import configured


class Tried(Record):
    """What became of one edit."""

    proposal: Proposal
    trial: Trial
    verdicts: tuple[Verdict, ...]
    words: dict[str, JsonValue]
    """What the people's own words say: support, refute, silent (people, not texts), shares with intervals."""
    before: str
    """The spec's text."""
    after: str
    """The text with the edit."""

    @property
    def holds(self) -> bool:
        """Whether the trial bore it out and the people's words support it."""
        return self.trial.outcome == "positive" and self.words.get("outcome") == "pass"

    @property
    def redline(self) -> Redline:
        return redline(Spec.parse(self.before), Spec.parse(self.after))

    def frame(self) -> Any:
        """One row a verdict, as a data frame. Raises OptionError without pandas or polars."""
        return Records(self.verdicts).to_frame()

    def _repr_html_(self) -> str:
        sides = [(name, self.words.get(name, 0)) for name in ("support", "refute", "silent")]
        return "".join(
            (
                heading(f"{self.proposal.intent}: {'holds' if self.holds else 'does not hold'}"),
                paragraph(self.trial.reason),
                grid(("people's words", "people"), sides),
                self.redline._repr_html_(),
            )
        )


async def try_edit(
    spec: Spec | Path | str,
    edit: Edit | Proposal | Sequence[Edit],
    panel: Panel | Path | str,
    *,
    model: str | None = None,
    intent: str = "",
    kind: Kind = "clarification",
    progress: Callback | None = None,
    **settings: Any,
) -> Tried:
    """Put one edit (or several as one proposal) to the test, without a screen: one trial, and the people's words.

    `intent` says in a sentence what it is for; the validator judges people's words against it. The test split
    stays shut, nothing is adopted, and nothing but the call cache is written. `settings` as for `revise`; the
    trial may spend all of `alpha`. Raises EditError for an edit that doesn't apply, InputError, BudgetEnded, and
    CallFailed.
    """
    inputs = Inputs.read(spec, panel)
    proposal = _proposal(edit, intent, kind)
    apply(inputs.spec, proposal.edits)
    config = configured(spec, panel, model=model, settings=settings, roles=TRYING)
    session = open_run(inputs, config, tracker=Tracker(progress), keep=False)
    try:
        return await evidence(session.setup, proposal)
    finally:
        await session.close_models()
        session.close()


async def evidence(setup: Setup, proposal: Proposal) -> Tried:
    """The trial of one proposal with the whole error budget, and the verdicts on it."""
    shop = Workshop(setup)
    await grade_all(shop, setup.spec)
    shop.store.proposals.add([proposal])
    tested = await trial(shop, setup.spec, proposal, 1, setup.options.alpha)
    shop.store.trials.add([tested])
    where = Where(round=1, node="validate", subject=proposal.id)
    verdicts = await shop.voices.judge(proposal, tested.planned, EVERYBODY, where)
    _, words = weigh_voices(shop, verdicts)
    return Tried(
        proposal=proposal,
        trial=tested,
        verdicts=tuple(verdicts),
        words=words,
        before=setup.spec.text,
        after=apply(setup.spec, proposal.edits).text,
    )


def _proposal(edit: Edit | Proposal | Sequence[Edit], intent: str, kind: Kind) -> Proposal:
    if isinstance(edit, Proposal):
        return edit
    edits = (edit,) if isinstance(edit, Edit) else tuple(edit)
    told = (
        intent or f"{count(len(edits), 'edit')} of {', '.join(dict.fromkeys(one.section for one in edits))}"
    )
    return Proposal(edits=edits, intent=told, kind=kind, origin="human")
