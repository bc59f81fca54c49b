"""What `concord models check` asks: whether a base model answers, and how it does on five tiny tasks.

One task for each agent, asked with the agents' own prompts. The right answers are plain to a reader; a model
that fails here is not worth a run.
"""

from collections.abc import Callable, Sequence

from ..agents.proposers import Case, Proposer
from ..agents.ranker import Question, Ranker
from ..agents.relevance import RelevanceGrader, section_key
from ..agents.validator import Justification, Validator
from ..errors import CallFailed, EditError
from ..models.budget import Budget
from ..models.caller import Caller, Patience
from ..models.check import CheckReport, check
from ..models.protocol import BaseModel, Role
from ..panel.ranking import Ranking
from ..panel.records import Conversation, Judgement, Message, Response
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply
from ..store.memory import MemoryCallCache, MemoryRunStore
from ..store.records import Ranked, Where

SPEC = Spec.parse(
    """# Admitting mistakes

When the user points out a real mistake, the assistant must apologise and correct it.

# Medical questions

The assistant must give general information and recommend a doctor for anything serious.
"""
)
MISTAKES, MEDICAL = SPEC.ids
_WHERE = Where(node="check")


class Task(Record):
    """One tiny task."""

    agent: Role
    passed: bool
    said: str
    """One sentence: what was asked, and what came."""


class ModelCheck(Record):
    """What the server does, and how the model does."""

    report: CheckReport
    tasks: tuple[Task, ...]
    """Empty where the model doesn't answer at all."""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0


async def check_model(model: BaseModel, *, progress: Callable[[str], None] | None = None) -> ModelCheck:
    """Check `model`: at most eight small requests, then five tasks. Never raises for what the model does."""
    say = progress or (lambda _: None)
    say("asking what the server can do")
    report = await check(model)
    if not report.reachable:
        return ModelCheck(report=report, tasks=())
    store = MemoryRunStore()
    caller = Caller(
        model, cache=MemoryCallCache(), calls=store.calls, budget=Budget(), patience=Patience(attempts=2)
    )
    tasks = []
    for ask in (_rank, _relevance, _batch, _conversation, _validate):
        try:
            task = await ask(caller)
        except CallFailed as problem:
            task = Task(agent=_ROLES[ask.__name__], passed=False, said=str(problem))
        tasks.append(_with_failure(task, store))
        say(f"{task.agent}: {task.said}")
    spent = list(store.calls.spent().values())
    return ModelCheck(
        report=report,
        tasks=tuple(tasks),
        calls=sum(each.calls for each in spent),
        input_tokens=sum(each.input_tokens for each in spent),
        output_tokens=sum(each.output_tokens for each in spent),
        usd=sum(each.usd for each in spent),
    )


_ROLES: dict[str, Role] = {
    "_rank": "ranker",
    "_relevance": "relevance",
    "_batch": "batch_proposer",
    "_conversation": "conversation_proposer",
    "_validate": "validator",
}


def _with_failure(task: Task, store: MemoryRunStore) -> Task:
    """The task, with the reason of its failed call in place of the bare fact."""
    failed = store.calls.find(role=task.agent, status="failed")
    if task.passed or not failed:
        return task
    return task.model_copy(update={"said": f"no usable answer: {failed[-1].failure}"})


async def _rank(caller: Caller) -> Task:
    """Of an apology, a denial and a rant, the rule in view asks for the apology."""
    question = Question(_conversation_about_a_mistake(), SPEC, (MISTAKES,), draw="check")
    (ranked,) = await Ranker(caller).rank([question], _WHERE)
    found = "nothing" if ranked is None else str(ranked.ranking)
    first = () if ranked is None else ranked.ranking.tiers[0]
    return Task(
        agent="ranker",
        passed=first == ("B",),
        said=f"the rule asks for B, an apology; the ranking is {found}",
    )


async def _relevance(caller: Caller) -> Task:
    """A conversation about a mistake belongs to one section and not to the other."""
    conversation = _conversation_about_a_mistake()
    grades = await RelevanceGrader(caller).grade(SPEC, SPEC.ids, [conversation], _WHERE)
    mine, other = (
        grades.get(section_key(SPEC, id), {}).get(conversation.id, 0) for id in (MISTAKES, MEDICAL)
    )
    return Task(
        agent="relevance",
        passed=mine >= 4 > other,
        said=f"a conversation about a mistake is graded {mine} for {MISTAKES} and {other} for {MEDICAL}",
    )


async def _batch(caller: Caller) -> Task:
    return await _propose(caller, "batch", [_case(number) for number in (1, 2, 3)])


async def _conversation(caller: Caller) -> Task:
    return await _propose(caller, "conversation", [_case(1)])


async def _propose(caller: Caller, origin: str, cases: Sequence[Case]) -> Task:
    """People want no apology in jest where the rule demands one: an edit of that section is called for."""
    proposer = Proposer(caller, "batch" if origin == "batch" else "conversation")
    proposals = await proposer.propose(SPEC, [cases], (), _WHERE)
    applied = [proposal for proposal in proposals if _applies(proposal)]
    said = f"{len(proposals)} changes proposed, {len(applied)} of them apply to the text"
    return Task(agent=proposer.role, passed=bool(applied), said=said)


async def _validate(caller: Caller) -> Task:
    """One reason for a change, one against it, one that has no bearing."""
    proposal = Proposal(
        edits=(Edit(op="insert", section=MISTAKES, text="\nThe apology must be one short sentence.\n"),),
        intent="Keep apologies to one short sentence.",
        kind="clarification",
        origin="human",
    )
    texts = {
        "support": "The long apology annoyed me. One short sorry is enough, then the answer.",
        "refute": "A short sorry feels cold. I want a long, heartfelt apology that explains itself.",
        "silent": "I liked the response that listed three recipes.",
    }
    written = [
        Justification(assessment=stance, participant=stance, conversation="c1", text=text, ranking="A>B")
        for stance, text in texts.items()
    ]
    verdicts = await Validator(caller).judge(proposal, written, _WHERE)
    found = {verdict.assessment: verdict.stance for verdict in verdicts}
    right = sum(found.get(stance) == stance for stance in texts)
    return Task(
        agent="validator",
        passed=right == len(texts),
        said=f"{right} of 3 justifications sorted as they were written (support, refute, silent)",
    )


def _conversation_about_a_mistake(number: int = 1) -> Conversation:
    texts = {
        "A": f"No. As I said before, it is {number}. I am never wrong.",
        "B": f"I'm sorry, I was wrong about that. You are right: it is {number + 1}.",
        "C": f"Who cares whether it is {number} or {number + 1}? Ask something more interesting.",
    }
    return Conversation(
        id=f"c{number}",
        messages=(
            Message(role="user", content=f"How many moons has planet {number}?"),
            Message(role="assistant", content=f"It has {number}."),
            Message(role="user", content=f"That is a mistake, it has {number + 1}."),
        ),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=text),))
            for label, text in texts.items()
        ),
    )


def _case(number: int) -> Case:
    conversation = _conversation_about_a_mistake(number)
    ranked = Ranked(
        call="",
        question="",
        conversation=conversation.id,
        spec=SPEC.digest,
        sections=(MISTAKES,),
        order=conversation.labels,
        ranking=Ranking.parse("B>A=C"),
        explanation=f"{MISTAKES} asks for an apology, which only B gives.",
    )
    people = tuple(
        Judgement(ranking=Ranking.parse("C>A>B"), rationale=text)
        for text in (
            "Apologies make me cringe. It should skip the apology and get on with it.",
            "Please no apologising. Nobody wants sorry from a machine.",
        )
    )
    return Case(conversation=conversation, ranked=ranked, people=people, sections=(MISTAKES,))


def _applies(proposal: Proposal) -> bool:
    try:
        return apply(SPEC, proposal.edits).digest != SPEC.digest
    except EditError:
        return False
