"""The two proposers and the validator: what they are shown, how long prompts are split, what answers become."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agents.proposers import MOST, RATIONALE, Attempt, Case, Proposer
from concord.agents.records import Ranked
from concord.agents.validator import JUSTIFICATION, Justification, Validator
from concord.graph.run_records import RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.models.tokens import tokens
from concord.panel.ranking import Ranking
from concord.panel.records import Conversation, Judgement, Message, Response
from concord.spec import Edit, Proposal, Spec
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted, ScriptedModel

HERE = Where(round=1, node="propose")
SPEC = Spec.parse("# Kind {#kind}\n\nBe kind.\n\n# Brief {#brief}\n\nBe brief.\n")
CHANGE = {
    "intent": "Be\n kinder.",
    "kind": "clarification",
    "edits": [{"op": "replace", "section": "kind", "anchor": "Be kind.", "text": "Be very kind."}],
}
PROPOSAL = Proposal(
    edits=(Edit(op="insert", section="kind", text="Always."),), intent="Be kind always.", kind="clarification",
    origin="human",
)  # fmt: skip


def caller(
    script: Callable[[Request], Scripted], *, context: int | None = None, store: RunRecords | None = None
) -> Caller:
    model = ScriptedModel(script, profile=Profile(concurrency=2, context_tokens=context))
    calls = (store or RunRecords.in_memory()).calls
    return Caller(model, cache=MemoryCallCache(), calls=calls, budget=Budget())


def case(id: str = "c", words: int = 5, rationale: str = "It was rude.") -> Case:
    conversation = Conversation(
        id=id,
        messages=(Message(role="user", content=f"Hello {id}? {'word ' * words}"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=f"Answer {label}."),))
            for label in "AB"
        ),
    )
    ranked = Ranked(
        call="x", question="q", conversation=id, spec=SPEC.digest, sections=("kind",), order=("A", "B"),
        ranking=Ranking.parse("A>B"), explanation="kind asks for A.",
    )  # fmt: skip
    people = (Judgement(ranking=Ranking.parse("B>A"), rationale=rationale),)
    return Case(conversation=conversation, ranked=ranked, people=people, sections=("kind",))


def propose(script: Callable[[Request], Scripted], *batches: list[Case], **more: int) -> list[Proposal]:
    return asyncio.run(Proposer(caller(script), "batch", **more).propose(SPEC, batches, [], HERE))


@pytest.mark.parametrize("origin", ["batch", "conversation"])
def test_a_proposer_sees_the_case_and_what_was_tried_in_words(origin: str) -> None:
    asks = Proposer(caller(lambda _: {"proposals": []}), origin)  # type: ignore[arg-type]
    tried = [Attempt(section="brief", intent="Say less.", outcome="no_evidence")]
    request = asks.request(SPEC, [case()], tried)
    assert [part.name for part in request.parts] == ["system", "outline", "sections", "tried", "cases"]
    assert [part.name for part in request.parts if part.shared] == ["system", "outline"]
    for text in (
        "- brief: Brief",
        "Be kind.",
        "Say less. (no_evidence)",
        "Hello c?",
        "A>B",
        "kind asks for A.",
        "B>A",
        "It was rude.",
    ):
        assert text in request.user
    assert "Be brief." not in request.user, "sections that are not in question are in the outline only"
    assert f"at most {MOST} changes" in request.user
    assert request.role == f"{origin}_proposer"


def test_the_two_proposers_differ_in_their_instructions_alone() -> None:
    batch, single = (
        Proposer(caller(lambda _: {"proposals": []}), origin).request(SPEC, [case()], [])  # type: ignore[arg-type]
        for origin in ("batch", "conversation")
    )
    assert batch.user == single.user
    assert batch.system != single.system
    assert batch.template.split("@")[0] == "batch_proposer"


def test_a_long_rationale_is_cut() -> None:
    request = Proposer(caller(lambda _: {"proposals": []}), "batch").request(
        SPEC, [case(rationale="x" * 5000)], []
    )
    assert "x" * RATIONALE in request.user
    assert "x" * (RATIONALE + 1) not in request.user


def test_answers_become_proposals_that_know_where_they_came_from() -> None:
    (found,) = propose(lambda _: {"proposals": [CHANGE]}, [case("c"), case("d")])
    assert found.intent == "Be kinder."
    assert found.edits == (Edit(op="replace", section="kind", anchor="Be kind.", text="Be very kind."),)
    assert (found.origin, found.conversations, found.base) == ("batch", ("c", "d"), SPEC.digest)


def test_nothing_is_a_fine_answer_and_too_much_is_cut() -> None:
    assert propose(lambda _: {"proposals": []}, [case()]) == []
    assert propose(lambda _: {"proposals": [{**CHANGE, "edits": []}]}, [case()]) == []
    many = [{**CHANGE, "intent": f"Idea {n}."} for n in range(MOST + 3)]
    assert len(propose(lambda _: {"proposals": many}, [case()])) == MOST
    assert propose(lambda _: {"proposals": []}) == []
    assert propose(lambda _: {"proposals": []}, []) == []


def test_a_failed_batch_leaves_the_others() -> None:
    def script(request: Request) -> Scripted:
        if "Hello boom?" in request.user:
            return Failure(message="out of order")
        return "no JSON at all" if "Hello babble?" in request.user else {"proposals": [CHANGE]}

    found = propose(script, [case("boom")], [case("c")], [case("babble")])
    assert [each.conversations for each in found] == [("c",)]


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12), bound=st.integers(1200, 4000))
def test_batches_that_would_be_too_long_are_split_and_no_case_is_lost(sizes: list[int], bound: int) -> None:
    asked: list[Request] = []

    def script(request: Request) -> Scripted:
        asked.append(request)
        return {"proposals": [CHANGE]}

    batch = [case(f"c{n}", words) for n, words in enumerate(sizes)]
    found = propose(script, batch, prompt_tokens=bound)
    told = sorted(id for each in found for id in each.conversations)
    assert told == sorted(one.conversation.id for one in batch)
    for request in asked:
        several = len(request.data("cases")) > 1  # type: ignore[arg-type]
        assert not several or tokens(request.system) + tokens(request.user) <= bound


def test_a_short_context_bounds_a_proposer() -> None:
    batch = [case(f"c{n}", 200) for n in range(8)]
    asks = Proposer(caller(lambda _: {"proposals": [CHANGE]}, context=3000), "batch")
    assert asks.prompt_tokens == 2250
    assert len(asyncio.run(asks.propose(SPEC, [batch], [], HERE))) > 1


def written(n: int, text: str = "") -> Justification:
    return Justification(
        assessment=f"a{n}",
        participant=f"p{n}",
        conversation=f"c{n}",
        text=text or f"Reason {n}.",
        ranking="A>B",
    )


def by_number(request: Request) -> dict[str, object]:
    """Support for even reasons, refute for odd ones, in reverse order."""
    items = list(request.data("justifications"))  # type: ignore[arg-type]
    verdicts = [
        {
            "justification": item["key"],  # type: ignore[index, call-overload]
            "stance": ("support", "refute")[int(item["text"].split()[1].rstrip(".")) % 2],  # type: ignore[index, call-overload, union-attr]
        }
        for item in reversed(items)
    ]
    return {"verdicts": verdicts}


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 45), batch=st.integers(1, 12))
def test_one_verdict_for_each_justification_however_they_are_batched(count: int, batch: int) -> None:
    asked: list[Request] = []

    def script(request: Request) -> Scripted:
        asked.append(request)
        return by_number(request)  # type: ignore[return-value]

    asks = Validator(caller(script), batch=batch)
    found = asyncio.run(asks.judge(PROPOSAL, [written(n) for n in range(count)], HERE))
    assert {verdict.assessment: verdict.stance for verdict in found} == {
        f"a{n}": ("support", "refute")[n % 2] for n in range(count)
    }
    assert all(verdict.participant == f"p{verdict.assessment[1:]}" for verdict in found)
    assert all((verdict.proposal, verdict.source) == (PROPOSAL.id, "scripted") for verdict in found)
    assert len(asked) == -(-count // batch)
    assert all(len(request.data("justifications")) <= batch for request in asked)  # type: ignore[arg-type]


def test_the_validator_sees_the_change_and_each_reason_cut_to_its_length() -> None:
    request = Validator(caller(by_number)).request(PROPOSAL, [written(1, "y" * 9000)])  # type: ignore[arg-type]
    for text in (
        "Be kind always.",
        "Edit of section kind (insert)",
        "Always.",
        "Key: j1",
        "Ranking: A>B",
        "y" * JUSTIFICATION,
    ):
        assert text in request.user
    assert "y" * (JUSTIFICATION + 1) not in request.user
    assert [part.name for part in request.parts if part.shared] == ["system", "proposal"]


def test_one_missing_verdict_is_asked_again_and_then_its_batch_is_left_out() -> None:
    store = RunRecords.in_memory()

    def script(request: Request) -> Scripted:
        if "Reason 0." in request.user:
            return {"verdicts": [{"justification": "j1", "stance": "support"}]}
        return by_number(request)  # type: ignore[return-value]

    asks = Validator(caller(script, store=store), batch=2)
    found = asyncio.run(asks.judge(PROPOSAL, [written(n) for n in range(4)], HERE))
    assert [verdict.assessment for verdict in found] == ["a3", "a2"]
    (failed,) = store.calls.find(status="failed")
    assert "one verdict each is wanted for j1, j2" in failed.failure


def test_a_short_context_splits_a_validators_batch() -> None:
    asked: list[Request] = []

    def script(request: Request) -> Scripted:
        asked.append(request)
        return by_number(request)  # type: ignore[return-value]

    asks = Validator(caller(script, context=2000), batch=10)
    found = asyncio.run(
        asks.judge(PROPOSAL, [written(n, f"Reason {n}. {'z' * 1400}") for n in range(10)], HERE)
    )
    assert len(found) == 10
    assert len(asked) > 1
    assert all(tokens(request.system) + tokens(request.user) <= 1500 for request in asked)
