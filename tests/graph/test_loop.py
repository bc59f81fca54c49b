"""The whole loop: cross-fitting, two texts, records that say what happened, and the shipped example."""

import asyncio
from pathlib import Path

import pytest
from builders import ROLES, World, change, kinder, proposal

from concord.graph import Finished, Options, RunInputs, RunRecords, launch
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Request
from concord.models.registry import open_model
from concord.panel.importers.load import load
from concord.prompts.render import fence
from concord.spec import read_spec
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted

ROOT = Path(__file__).resolve().parents[2]
KINDER = {"batch_proposer": kinder, "conversation_proposer": kinder}


def run(given: World) -> Finished:
    result = asyncio.run(launch(given.inputs))
    assert isinstance(result, Finished)
    return result


@pytest.fixture(scope="module")
def world() -> World:
    return World(answers=KINDER)


@pytest.fixture(scope="module")
def finished(world: World) -> Finished:
    return run(world)


def test_it_mends_both_sections(finished: Finished) -> None:
    assert {each.section for each in finished.summary.adopted} == {"tone", "money"}
    assert finished.spec.text.count("must be kind") == 2
    assert finished.summary.agreement[:2] == (0.0, 1.0)


def test_each_adopted_edit_says_what_it_is_worth(finished: Finished) -> None:
    for adopted in finished.summary.adopted:
        assert adopted.label in ("proven", "likely")
        assert adopted.effect is not None
        assert adopted.effect.low <= adopted.effect.mean <= adopted.effect.high
        assert 0 <= adopted.effect.no_improvement < 0.05


def test_a_proposal_is_tested_on_folds_that_its_proposer_did_not_see(
    world: World, finished: Finished
) -> None:
    folds = finished.context.folds
    trials = world.records.trials.find(stage="trial")
    assert trials
    for tested in trials:
        made = world.records.proposals.get(tested.proposal)
        seen = {folds.fold_of[name] for name in made.conversations}
        assert seen == {tested.fold}
        assert not {folds.fold_of[name] for name in tested.planned} & seen
        (screened,) = world.records.trials.find(proposal=tested.proposal, stage="screen")
        assert {folds.fold_of[name] for name in screened.planned} == seen


def test_one_prompt_of_a_proposer_shows_one_fold(world: World, finished: Finished) -> None:
    for role in ("batch_proposer", "conversation_proposer"):
        calls = world.records.calls.find(role=role)
        assert calls
        for call in calls:
            text = "".join(part for _, part in call.parts)
            shown = {fold for fold in "012" if f"question {fold}-" in text}
            assert len(shown) == 1


def test_every_proposal_has_one_last_word_of_the_loop(world: World, finished: Finished) -> None:
    decided = [decision.proposal for decision in world.records.decisions.find(by="loop")]
    assert sorted(decided) == sorted(made.id for made in world.records.proposals.find())


def test_rounds_selections_and_measures_are_on_record(world: World, finished: Finished) -> None:
    rounds = world.records.rounds.find()
    assert [each.round for each in rounds] == [1, 2]
    assert set(rounds[0].adopted) == {each.id for each in finished.summary.adopted}
    assert rounds[0].fruitful == ("money", "tone")
    assert rounds[-1].stop == finished.summary.stop_reason
    assert [each.round for each in world.records.measures.find()] == [1, 2]
    (first, _) = world.records.selections.find()
    assert all(len({name[0] for name in batch.cases}) == 1 for batch in first.batches)


def test_no_question_is_asked_twice(world: World, finished: Finished) -> None:
    keys = [request.key for request in world.asked]
    assert len(keys) == len(set(keys))


def test_both_arms_of_a_trial_show_the_responses_in_one_order(world: World, finished: Finished) -> None:
    (tested, *_) = world.records.trials.find(stage="trial")
    calls = {call.id for call in world.records.calls.find(node="trial", subject=tested.proposal)}
    orders: dict[str, set[tuple[str, ...]]] = {}
    texts: set[str] = set()
    for ranked in world.records.rankings.find():
        if ranked.call in calls:
            texts.add(ranked.spec)
            orders.setdefault(ranked.conversation, set()).add(ranked.order)
    assert texts == {tested.base, tested.candidate}
    assert all(len(found) <= tested.draws for found in orders.values())


def test_the_proven_text_holds_the_proven_edits_alone() -> None:
    """Twelve people can prove little at a strict alpha, and the likely text has what is likely."""
    given = World(answers=KINDER, options={"alpha": 1e-9})
    result = run(given)
    assert {each.label for each in result.summary.adopted} == {"likely"}
    assert result.proven.text == given.text
    assert result.spec.text != given.text
    assert result.summary.sealed_test is not None
    assert result.summary.sealed_test.proven.gain.estimate == 0.0


def test_on_proven_evidence_alone_what_is_likely_is_not_adopted() -> None:
    result = run(World(answers=KINDER, options={"alpha": 1e-9, "evidence": "proven"}))
    assert result.summary.adopted == ()
    assert result.summary.sealed_test is None


def test_a_wording_waits_while_another_is_tried_and_falls_when_that_is_adopted() -> None:
    def two_wordings(request: Request) -> Scripted:
        made = [change("tone", text=text) for text in ("must be kind", "must be kind and short")]
        return {"proposals": [{**each, "intent": "Be kind to strangers."} for each in made]}

    given = World(answers={"batch_proposer": two_wordings}, options={"proposers": "batch", "batches": 1})
    result = run(given)
    assert len(result.summary.adopted) == 1
    assert result.summary.rejected["superseded"] == 1


def test_a_persons_proposal_joins_the_docket_and_is_tested_on_all_open_conversations() -> None:
    given = World()
    person = proposal(origin="human", base=given.spec.digest)
    given.records.proposals.add([person])
    result = run(given)
    assert [each.id for each in result.summary.adopted] == [person.id]
    (tested,) = given.records.trials.find(stage="trial")
    assert tested.fold is None
    assert {name[0] for name in tested.planned} == {"0", "1", "2"}
    assert given.records.trials.find(stage="screen") == []


def example(**options: object) -> Finished:
    records, budget = RunRecords.in_memory(), Budget()
    caller = Caller(open_model("embedded"), cache=MemoryCallCache(), calls=records.calls, budget=budget)
    inputs = RunInputs(
        spec=read_spec(ROOT / "example" / "spec.md"), panel=load(ROOT / "example" / "data"),
        callers=dict.fromkeys(ROLES, caller), budget=budget, records=records,
        options=Options.model_validate(options),
    )  # fmt: skip
    result = asyncio.run(launch(inputs))
    assert isinstance(result, Finished)
    return result


@pytest.mark.slow
def test_the_example_is_mended_and_the_sealed_test_shows_it() -> None:
    result = example(rounds=2)
    sealed = result.summary.sealed_test
    assert len(result.summary.adopted) >= 3
    assert sealed is not None
    assert sealed.likely.gain.low is not None
    assert sealed.likely.gain.low > 0
    assert result.summary.notice.startswith("Synthetic")

    records, splitter = result.context.records, result.context.policies.splitting
    panel = result.context.inputs.panel
    heard: set[str] = set()
    kept: set[str] = set()
    for assessment in panel.assessments:
        if assessment.world:
            (kept if splitter.reserved(assessment.participant) else heard).add(assessment.world.rationale)
    for role in ("batch_proposer", "conversation_proposer", "validator"):
        for call in records.calls.find(role=role):
            text = "".join(part for _, part in call.parts)
            assert not [words for words in kept - heard if words and fence(words) in text]
