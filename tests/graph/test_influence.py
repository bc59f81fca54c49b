"""Whose rankings an adoption hangs on: the trial decided again without them."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest
from builders import World, kinder

from concord.graph import launch
from concord.graph.influence import influence, influences
from concord.graph.launching import Finished
from concord.graph.replay import Replay
from concord.panel.ranking import Ranking

AGAINST = {f"p{number}" for number in range(9, 16)}
KINDER = {"batch_proposer": kinder, "conversation_proposer": kinder}


def run(given: World) -> Finished:
    ended = asyncio.run(launch(given.inputs))
    assert isinstance(ended, Finished)
    return ended


def world(people: int = 16, **options: Any) -> World:
    return World(answers=KINDER, people=people, options={"rounds": 1, "adopt_silent": True, **options})


def against(given: World, people: Collection[str], fold: str = "") -> World:
    """The same, but these people rank the other way round: everywhere, or in one fold."""
    given.panel = given.panel.model_copy(
        update={
            "assessments": tuple(
                each.model_copy(
                    update={"world": each.world.model_copy(update={"ranking": Ranking.parse("A>B")})}
                )
                if each.participant in people and each.world and each.conversation.startswith(fold)
                else each
                for each in given.panel.assessments
            )
        }
    )
    return given


@pytest.fixture(scope="module")
def ended() -> Finished:
    return run(world())


def replay_of(ended: Finished) -> Replay:
    first = ended.summary.adopted[0].id
    found = Replay.of(ended.context, ended.context.records.trials.find(proposal=first, stage="trial")[-1])
    assert found is not None
    return found


def test_everybody_together_come_to_what_was_written_down(ended: Finished) -> None:
    replay = replay_of(ended)
    assert replay.exact
    everybody = replay.decided()
    assert everybody.p_value == pytest.approx(replay.trial.p_value)
    assert everybody.mean == pytest.approx(replay.trial.mean)
    assert everybody.label == ended.summary.adopted[0].label


def test_without_a_person_the_p_value_is_that_of_a_trial_in_which_they_never_took_part() -> None:
    """With nothing proven, so that both use up their sets."""
    replay, fewer = replay_of(run(world(13, alpha=1e-9))), replay_of(run(world(12, alpha=1e-9)))
    assert replay.trial.planned == fewer.trial.planned
    assert len(replay.trial.differences) == len(fewer.trial.differences) == len(fewer.trial.planned)
    out = {"p12"}
    assert replay.decided(out).p_value == pytest.approx(fewer.trial.p_value)
    assert replay.decided(out).p_value != pytest.approx(replay.trial.p_value)


def test_a_likely_trial_s_look_at_its_own_fold_is_met_and_people_may_be_left_out_of_it_too() -> None:
    """On the proposals' own fold seven people rank the other way round: they raise the p-value, and fewer of them less."""
    replay, fewer = (
        replay_of(run(against(world(people, alpha=1e-9), AGAINST, fold="0"))) for people in (16, 15)
    )
    trial = replay.trial
    assert (trial.outcome, trial.fold, len(trial.own)) == ("ended", 0, 4)
    assert len(trial.beside) == 2
    assert trial.p_value is not None
    assert replay.exact
    assert replay.decided().p_value == pytest.approx(trial.p_value, rel=1e-9)
    assert replay.decided().label == "likely"
    set_alone = replace(replay, trial=trial.model_copy(update={"own": ()})).decided()
    assert set_alone.p_value < 0.5 * trial.p_value
    assert fewer.trial.own == trial.own
    without = replay.decided({"p15"})
    assert without.p_value == pytest.approx(fewer.trial.p_value, rel=1e-9)
    assert without.p_value != pytest.approx(trial.p_value, rel=0.01)
    assert replay.decided(AGAINST).p_value == pytest.approx(0.5**9, rel=0.01), "all nine agree"
    assert (replay.conversations, replay.ranked_by("p15")) == (8, 8)
    assert replay.mean == pytest.approx(trial.mean)


def test_a_trial_with_other_differences_on_record_is_not_met_exactly(ended: Finished) -> None:
    trial = replay_of(ended).trial
    for other in ({"beside": ()}, {"differences": (0.5, *trial.differences[1:])}):
        found = Replay.of(ended.context, trial.model_copy(update=other))
        assert found is not None
        assert not found.exact


def test_each_trial_of_a_run_is_met_exactly() -> None:
    context = run(world(alpha=1e-9, rounds=2)).context
    trials = context.records.trials.find(stage="trial")
    assert len(trials) > 1
    for trial in trials:
        found = Replay.of(context, trial)
        assert found is not None
        assert found.exact, trial.proposal


def test_every_person_s_part_in_the_mean_is_told_exactly() -> None:
    """One person of thirteen ranks the other way round: without them the difference is larger, without another smaller."""
    given = against(world(13), {"p0"})
    context = given.context()
    ended = asyncio.run(launch(given.inputs))
    assert isinstance(ended, Finished)
    (trial, *_) = context.records.trials.find(stage="trial")
    replay = Replay.of(ended.context, trial)
    assert replay is not None
    for person, mean in replay.means().items():
        assert mean == pytest.approx(replay.decided({person}).mean)
    assert trial.draws == 8
    agreed = (
        6 * 1.0 + 2 * 0.5
    ) / 8  # two of the draws show the other section too, which asks for the opposite: a tie
    assert replay.means()["p0"] == pytest.approx(agreed)
    assert replay.means()["p1"] == pytest.approx(agreed * 10 / 12)


def test_how_many_people_turn_a_decision(ended: Finished) -> None:
    found = influence(ended.context, ended.summary.adopted[0].id)
    assert found is not None
    assert found.turning == ()
    assert 1 < found.turned_by < found.people
    names = [person.participant for person in found.strongest]
    assert found.strongest[0].label is not None
    assert len(names) == len(set(names))
    replay, everybody = replay_of(ended), sorted(replay_of(ended).people)
    assert replay.decided(set(everybody[: found.turned_by])).label is None
    assert replay.decided(set(everybody[: found.turned_by - 1])).label is not None


def test_the_summary_tells_it_of_each_adopted_edit(ended: Finished) -> None:
    told = [each.influence for each in ended.summary.adopted]
    assert told == list(influences(ended.context))
    assert all(each and each.people == 16 and "p (" not in each.told for each in told)


def test_an_edit_whose_rankings_are_gone_has_no_influence_to_tell(ended: Finished) -> None:
    elsewhere = world().context()
    elsewhere.records.proposals.add(ended.context.records.proposals.find())
    elsewhere.records.trials.add(ended.context.records.trials.find())
    elsewhere.texts.keep(ended.spec)
    for trial in ended.context.records.trials.find():
        for text in (trial.base, trial.candidate):
            if text:
                elsewhere.texts.keep(ended.context.texts.spec(text))
    assert influence(elsewhere, ended.summary.adopted[0].id) is None
