"""The loop and an experiment come to the same decisions: the same candidates, the same evaluator, one engine."""

import asyncio
from collections.abc import Sequence

import pytest
from builders import World, proposal, ranked
from langgraph.runtime import Runtime

from concord.graph import RunContext
from concord.graph.docket import proposed
from concord.graph.nodes import adopt, decide, screen, trial, validate
from concord.graph.state import State, first_state
from concord.models.protocol import Request
from concord.spec import Proposal
from concord.testing.scripted import Scripted
from concord.trials import (
    AcceptanceEngine,
    Candidate,
    Outcome,
    StageResult,
    everybody_passes,
    first_ledger,
    settle_proven,
)  # fmt: skip

Round = Sequence[tuple[Proposal, int, str]]
"""Proposals with the fold of their cases and the change that they are wordings of."""


def unsteady(request: Request) -> Scripted:
    """The scripted ranker, which gets it wrong on one question in six."""
    if int(request.key[:8], 16) % 6 == 0:
        return {"explanation": "a slip", "ranking": "A>B" if int(request.key[8], 16) % 2 else "A=B"}
    return ranked(request)


def rounds(base: str) -> list[Round]:
    return [
        [
            (proposal("tone", base=base), 0, "kind-tone"),
            (proposal("tone", text="must be kind and short", base=base), 0, "kind-tone"),
            (proposal("tone", anchor="The answer", text="Every answer", base=base), 1, "every-tone"),
            (proposal("money", text="must be short or long", base=base), 2, "longer-money"),
        ],
        [
            (proposal("money", base=base), 1, "kind-money"),
            (proposal("money", anchor="The answer", text="An answer", base=base), 2, "an-money"),
        ],
    ]


def world(**options: object) -> World:
    return World(
        parts={"0": 24, "1": 24, "2": 24, "test": 4},
        people=16,
        answers={"ranker": unsteady},
        options={"validating": False, "precheck": False, **options},
    )


async def by_nodes(context: RunContext, planned: Sequence[Round]) -> list[tuple[list[Outcome], State]]:
    """Round by round what stands in the records, and the state."""
    state = first_state(context.inputs.spec.digest, first_ledger(context.policies.acceptance))
    runtime = Runtime(context=context)
    found = []
    for number, made in enumerate(planned, 1):
        context.records.proposals.add([each for each, _, _ in made])
        state["round"] = number
        state["docket"] |= {each.id: proposed(fold, key, number) for each, fold, key in made}
        for node in (screen, trial, validate, decide, adopt):
            state = {**state, **await node(state, runtime)}  # type: ignore[typeddict-item]  # an Update's fields are the state's
        last = {
            record.outcome.proposal: record.outcome
            for name in ("screen", "trial", "decide")
            for record in context.records.outcomes.find(round=number, node=name)
        }
        found.append((list(last.values()), state))
    return found


async def by_experiment(context: RunContext, planned: Sequence[Round]) -> list[tuple[StageResult, str]]:
    """As `eval null` drives it: candidates in, what is open goes into the next round."""
    policy = context.policies.acceptance
    engine = AcceptanceEngine(
        context.evaluator, context.drafts(1), context.folds, policy, seed=context.options.seed
    )
    ledger, text, open_ = first_ledger(policy), context.inputs.spec.digest, list[Candidate]()
    found = []
    for number, made in enumerate(planned, 1):
        context.records.proposals.add([each for each, _, _ in made])
        fresh = [Candidate(proposal=each.id, fold=fold, wording=key) for each, fold, key in made]
        result = await engine.test(text, [*open_, *fresh], ledger, round_=number, gate=everybody_passes)
        text, ledger = result.text, settle_proven(result.ledger, result.with_status("accepted"))
        every = {each.proposal: each for each in (*open_, *fresh, *result.added)}
        open_ = [every[each.proposal] for each in result.with_status("retry", "queued", "deferred")]
        found.append((result.model_copy(update={"ledger": ledger}), text))
    return found


@pytest.mark.parametrize("options", [{}, {"screening": False}, {"evidence": "proven"}])
def test_loop_and_experiment_decide_alike(options: dict[str, object]) -> None:
    loop, experiment = world(**options).context(), world(**options).context()
    planned = rounds(loop.inputs.spec.digest)
    by_loop = asyncio.run(by_nodes(loop, planned))
    by_engine = asyncio.run(by_experiment(experiment, planned))
    for (outcomes, state), (result, text) in zip(by_loop, by_engine, strict=True):
        assert {each.proposal: each for each in outcomes} == {each.proposal: each for each in result.outcomes}
        assert state["current"] == text
        assert state["ledger"] == result.ledger.model_dump(mode="json")
    statuses = {each.status for result, _ in by_engine for each in result.outcomes}
    assert {"accepted", "rejected"} <= statuses
    assert len(loop.records.trials.find()) == sum(len(result.trials) for result, _ in by_engine)
