"""Whose rankings an adoption hangs on: the trial decided again without them."""

import asyncio
from typing import Any

import pytest
from builders import World, kinder

from concord.graph import launch
from concord.graph.influence import influence, influences
from concord.graph.launching import Finished
from concord.graph.replay import Replay
from concord.panel.ranking import Ranking

KINDER = {"batch_proposer": kinder, "conversation_proposer": kinder}


def run(given: World) -> Finished:
    ended = asyncio.run(launch(given.inputs))
    assert isinstance(ended, Finished)
    return ended


def world(people: int = 16, **options: Any) -> World:
    return World(answers=KINDER, people=people, options={"rounds": 1, "adopt_silent": True, **options})


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


def test_every_person_s_part_in_the_mean_is_told_exactly() -> None:
    """One person of thirteen ranks the other way round: without them the difference is larger, without another smaller."""
    given = world(13)
    given.panel = given.panel.model_copy(
        update={
            "assessments": tuple(
                each.model_copy(
                    update={"world": each.world.model_copy(update={"ranking": Ranking.parse("A>B")})}
                )
                if each.participant == "p0" and each.world
                else each
                for each in given.panel.assessments
            )
        }
    )
    context = given.context()
    ended = asyncio.run(launch(given.inputs))
    assert isinstance(ended, Finished)
    (trial, *_) = context.records.trials.find(stage="trial")
    replay = Replay.of(ended.context, trial)
    assert replay is not None
    for person, mean in replay.means().items():
        assert mean == pytest.approx(replay.decided({person}).mean)
    assert replay.means()["p0"] == pytest.approx(1.0)
    assert replay.means()["p1"] == pytest.approx(10 / 12)


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
