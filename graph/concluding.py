"""conclude: the sealed test, with original spec, final spec and no spec side by side."""

from collections.abc import Sequence

from ..agents.ranker import Question
from ..agreement.people import People
from ..agreement.references import gap_closed, references
from ..errors import BudgetEnded, DataError
from ..models.budget import price
from ..models.protocol import Usage
from ..models.records import Where
from ..models.tokens import tokens
from ..panel.ranking import Ranking
from ..panel.records import Conversation
from ..spec import Spec
from .bench import Bench
from .sealed import NOTE, Opened, Seal
from .state import State
from .summary import Figure, SealedTest, UnseenPeople
from .workshop import Workshop

DRAW = "sealed"
ANSWER = 200
"""Tokens of a usual ranking with its explanation."""
Table = dict[str, Ranking]


async def conclude(shop: Workshop, seal: Seal, state: State) -> None:
    """Open the sealed split, rank it three times, and put the result into the store.

    A budget that ends on the way leaves no result; the summary says so.
    """
    shop.setup.budget.release()
    if shop.store.note(NOTE) is not None:
        return
    if not shop.sealed:
        shop.say("no conversation fell into the test split: there is no sealed test")
        return
    opened = seal.open()
    shop.say(f"sealed test: {len(opened.conversations)} conversations")
    original, final = shop.setup.spec, shop.bench.spec(state["current"])
    try:
        sealed = list(opened.conversations.values())
        full = _fits(shop, final, sealed) and _fits(shop, original, sealed)
        tables, failed = await _rank(shop, opened, original, final, state["round"], full)
    except BudgetEnded as ended:
        shop.say(f"no sealed test: {ended}")
        return
    result = _compare(seal, opened, tables, failed, "full" if full else "scoped")
    shop.store.put_note(NOTE, result.model_dump(mode="json"))
    shop.store.put_note("openings", opened.openings)


def conclude_calls(shop: Workshop) -> int:
    """Calls that the sealed test will take: what the budget must hold back.

    Where the spec is too long for the ranker's context, what is to be graded first is reckoned from as many
    open conversations.
    """
    spec, stand_ins = shop.setup.spec, list(shop.open.values())
    calls = 3 * shop.sealed
    if not _fits(shop, spec, stand_ins):
        grading, _ = shop.grader.requests(spec, spec.ids, stand_ins[: shop.sealed])
        calls += 2 * len(grading)
    return calls


def conclude_tokens(shop: Workshop) -> tuple[int, float]:
    """Tokens and dollars that the sealed test's calls will take, about: reckoned from open conversations."""
    stand_ins = sorted(shop.open)[:8]
    full = _fits(shop, shop.setup.spec, list(shop.open.values()))
    requests = [
        shop.ranker.request(shop.bench.question(spec, id, DRAW, full=full))
        for id in stand_ins
        for spec in (shop.setup.spec, shop.setup.spec, None)
    ]
    profile = shop.ranker.caller.model.profile
    sent = sum(tokens(request.system) + tokens(request.user) for request in requests) / len(stand_ins)
    usage = Usage(input_tokens=round(sent * shop.sealed), output_tokens=3 * ANSWER * shop.sealed)
    return usage.input_tokens + usage.output_tokens, price(profile, usage)


def _fits(shop: Workshop, spec: Spec, conversations: Sequence[Conversation]) -> bool:
    """Whether the whole spec and the longest of the conversations fit into the ranker's context."""
    profile = shop.ranker.caller.model.profile
    if profile.context_tokens is None or profile.answers == "native":
        return True
    longest = max(
        tokens("".join(m.content for m in c.messages) + "".join(r.text for r in c.responses))
        for c in conversations
    )
    return tokens(spec.text) + longest + 1000 + profile.output_tokens <= profile.context_tokens


async def _rank(
    shop: Workshop, opened: Opened, original: Spec, final: Spec, round: int, full: bool
) -> tuple[dict[str, Table], int]:
    """Rankings by arm, on the conversations that all three arms answered, and how many calls failed."""
    where = Where(round=round, node="conclude")
    ids = sorted(opened.conversations)
    if not full:
        for spec in (original, final):
            sections = [section.id for section in spec.sections]
            shop.touch.learn(
                await shop.grader.grade(spec, sections, [opened.conversations[id] for id in ids], where)
            )
    bench = Bench(shop.ranker, shop.grades, shop.people, opened.conversations, shop.store, shop.options)
    arms: dict[str, Spec | None] = {"original": original, "final": final, "no_spec": None}
    questions: list[Question] = [
        bench.question(spec, id, DRAW, full=full) for spec in arms.values() for id in ids
    ]
    answers = await bench.rank(questions, where)
    tables: dict[str, Table] = {}
    for place, name in enumerate(arms):
        found = answers[place * len(ids) : (place + 1) * len(ids)]
        tables[name] = {a.conversation: a.ranking for a in found if a is not None}
    common = set.intersection(*(set(table) for table in tables.values()))
    return (
        {name: {id: table[id] for id in table if id in common} for name, table in tables.items()},
        sum(answer is None for answer in answers),
    )


def _compare(seal: Seal, opened: Opened, tables: dict[str, Table], failed: int, context: str) -> SealedTest:
    people = seal.people(opened, reserved=False).on(list(tables["original"]))
    gain = people.gain(tables["original"], tables["final"])
    answered = {id: opened.conversations[id] for id in tables["original"]}
    beside = references(people, answered)
    closed = gap_closed(people, tables["original"], tables["final"]).ratio
    return SealedTest(
        conversations=len(answered),
        context=context,
        original=Figure.of(people.level(tables["original"])),
        final=Figure.of(people.level(tables["final"])),
        no_spec=Figure.of(people.level(tables["no_spec"])),
        leave_one_out=Figure.of(beside.leave_one_out),
        longest=Figure.of(beside.longest),
        random=Figure.of(beside.random),
        one_person=Figure.of(beside.one_person),
        best_single=Figure.of(beside.best_single),
        gain=Figure.of(gain),
        gap_closed=None if closed is None else round(closed, 6),
        unseen_people=_unseen(seal, opened, tables),
        failed=failed,
    )


def _unseen(seal: Seal, opened: Opened, tables: dict[str, Table]) -> UnseenPeople | None:
    try:
        people: People = seal.people(opened, reserved=True).on(list(tables["original"]))
    except DataError:
        return None
    if not len(people):
        return None
    return UnseenPeople(
        participants=len(people.participants),
        original=Figure.of(people.level(tables["original"])),
        final=Figure.of(people.level(tables["final"])),
        gain=Figure.of(people.gain(tables["original"], tables["final"])),
    )
