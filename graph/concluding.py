"""conclude: the sealed test, with original, proven text, likely text and no spec side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..agents.ranker import Question
from ..errors import BudgetEnded
from ..models.records import Where
from ..models.tokens import tokens
from ..panel.ranking import Ranking
from ..panel.records import Conversation
from ..spec import Spec
from .comparing import Arm, Table, compared
from .context import RunContext
from .evaluating import CachedEvaluator
from .groups import joined
from .overlays import OverlayTable
from .sealed import Opened, SealedSplit
from .sealed_records import SealedRecord
from .state import UNOPENED, State

ORDER = "sealed"
"""The order seed of the sealed test."""


def why_sealed(context: RunContext, state: State) -> str:
    """Why the test split stays sealed, in a sentence; empty where it is to be opened."""
    if state["stop"] in UNOPENED:
        return "The run ended without opening the test split: it stays sealed."
    if state["current"] == context.inputs.spec.digest and not any(state.get("overlays", {}).values()):
        return "The spec didn't change: there is nothing to test, and the test split stays sealed."
    if not context.sealed:
        return "No conversation fell into the test split: there is no sealed test."
    return ""


async def concluded(context: RunContext, state: State) -> None:
    """Open the test split, rank it under each text, and put the result on record; once a run.

    A budget that ends on the way leaves no result; the summary says so.
    """
    if why_sealed(context, state) or context.records.sealed.find():
        context.inputs.budget.release()
        return
    await _check_whole_text(context, state)
    context.inputs.budget.release()
    split = SealedSplit(context)
    opened = split.open()
    texts = [context.inputs.spec, context.texts.spec(state["proven"]), context.texts.spec(state["current"])]
    beside = {
        name: joined(context.texts, context.records, state["current"], ids)
        for name, ids in state.get("overlays", {}).items()
        if ids
    }
    for spec in beside.values():
        context.texts.keep(spec)
    full = fits(context, [*texts, *beside.values()], list(opened.conversations.values()))
    try:
        tables, own = await _rank(context, opened, texts, beside, state["round"], full)
    except BudgetEnded as ended:
        context.meter.tell("ends", f"no sealed test: {ended}")
        return
    overlays = {
        name: OverlayTable(
            table=table, members=context.group(name).members, edits=len(state.get("overlays", {})[name])
        )
        for name, table in own.items()
    }
    result = compared(split, opened, tables, "full" if full else "scoped", overlays)
    context.records.sealed.put(SealedRecord(result=result, openings=opened.openings))


async def _check_whole_text(context: RunContext, state: State) -> None:
    """The last search for harm: the final text against the original on open conversations, whole spec in view.

    What the budget keeps back for the sealed test isn't touched: where nothing is left beside it the check is not made.
    """
    round_ = state["round"]
    if state["current"] == context.inputs.spec.digest:
        return
    texts = [context.inputs.spec, context.texts.spec(state["current"])]
    if not fits(context, texts, list(context.conversations.values())):
        return
    engine = context.engine(round_, "conclude")
    try:
        found = await engine.check_final(context.inputs.spec.digest, state["current"], round_=round_)
    except BudgetEnded as ended:
        context.meter.tell("ends", f"the final text was not checked as a whole: {ended}")
        return
    context.records.trials.add([found])


def fits(context: RunContext, texts: Sequence[Spec], conversations: Sequence[Conversation]) -> bool:
    """Whether each whole text and the longest of the conversations fit into the ranker's context."""
    profile = context.evaluator.ranker.caller.model.profile
    if profile.context_tokens is None or profile.answers == "native":
        return True
    longest = max(
        tokens("".join(m.content for m in c.messages) + "".join(r.text for r in c.responses))
        for c in conversations
    )
    most = max(tokens(spec.text) for spec in texts)
    return most + longest + 1000 + profile.output_tokens <= profile.context_tokens


async def _rank(
    context: RunContext,
    opened: Opened,
    texts: Sequence[Spec],
    beside: Mapping[str, Spec],
    round_: int,
    full: bool,
) -> tuple[dict[Arm, Table], dict[str, Table]]:
    """Rankings by arm, and by group under the text with its overlay, for the conversations whose call was answered.
    Equal questions are asked once."""
    where = Where(round=round_, node="conclude")
    evaluator = sealed_evaluator(context, opened.conversations, where)
    if not full:
        for spec in {spec.digest: spec for spec in (*texts, *beside.values())}.values():
            sealed = list(opened.conversations.values())
            evaluator.scope.grades.learn(await context.scope.grader.grade(spec, spec.ids, sealed, where))
    arms: dict[Arm, Spec | None] = {
        "original": texts[0], "proven": texts[1], "likely": texts[2], "no_spec": None
    }  # fmt: skip
    ids = sorted(opened.conversations)
    asked = [*arms.values(), *beside.values()]
    questions: list[Question] = [
        evaluator.question(spec, name, ORDER, full=full) for spec in asked for name in ids
    ]
    answers = await evaluator.rank(questions)
    tables: list[dict[str, Ranking]] = []
    for index in range(len(asked)):
        found = answers[index * len(ids) : (index + 1) * len(ids)]
        tables.append({each.conversation: each.ranking for each in found if each is not None})
    return (
        dict(zip(arms, tables, strict=False)),
        dict(zip(beside, tables[len(arms) :], strict=True)),
    )


def sealed_evaluator(
    context: RunContext, conversations: dict[str, Conversation], where: Where
) -> CachedEvaluator:
    """The run's ranker over other conversations than the open ones."""
    return replace(context.evaluator, conversations=conversations, where=where)
