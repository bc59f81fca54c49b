"""Direct votes on a run's record: kept once, beside the verdicts, measuring and correcting them."""

import random
from collections import Counter

import pytest
from builders import proposal

from concord.agents.records import Verdict
from concord.agreement.stances import Stance
from concord.agreement.support import weigh
from concord.graph import RunRecords
from concord.graph.records import SupportRecord
from concord.graph.vote_records import Choice, DirectVote, new_comes_first
from concord.graph.voting import direct_figures, keep_votes, validator_accuracy, weighed_verdicts

MADE = proposal()


def verdict(who: str, stance: Stance, source: str = "embedded", **more: str) -> Verdict:
    return Verdict(
        proposal=MADE.id, assessment=more.get("assessment", f"c/{who}"), participant=who, stance=stance, source=source,
        strength="none" if stance == "silent" else "asks",
    )  # fmt: skip


def vote(who: str, stance: Stance, **more: object) -> DirectVote:
    return DirectVote.model_validate(
        {"proposal": MADE.id, "participant": who, "stance": stance, "study": "s", **more}
    )


def records(verdicts: list[Verdict], apart: tuple[str, ...] = ()) -> RunRecords:
    made = RunRecords.in_memory()
    made.proposals.add([MADE])
    made.verdicts.add(verdicts)
    support = weighed_verdicts(verdicts, {}, seed=0, apart=apart)
    made.support.put(
        SupportRecord(proposal=MADE.id, round=1, support=support, asked=len(verdicts), elsewhere_asked=apart)
    )
    return made


def forty() -> tuple[list[Verdict], dict[str, Stance]]:
    """Forty people of whom 24 are against; the validator takes every second of those for silent."""
    truth: dict[str, Stance] = {f"p{n}": "support" if n < 16 else "refute" for n in range(40)}
    said: dict[str, Stance] = {
        who: "silent" if stance == "refute" and int(who[1:]) % 2 else stance for who, stance in truth.items()
    }
    return [verdict(who, stance) for who, stance in said.items()], truth


def test_votes_are_verdicts_with_source_participant() -> None:
    made = records([verdict("ada", "support")])
    assert keep_votes(made, [vote("ada", "refute", why="Too long.")], seed=0) == {MADE.id: 1}
    (found,) = [each for each in made.verdicts.find() if each.by_participant]
    assert (found.source, found.stance, found.reason, found.strength) == (
        "participant",
        "refute",
        "Too long.",
        "asks",
    )
    assert found.is_label


def test_taking_votes_in_twice_changes_nothing_and_a_changed_vote_replaces_the_old_one() -> None:
    made = records([verdict("ada", "support")])
    given = [vote("ada", "support"), vote("ben", "silent")]
    assert keep_votes(made, given, seed=0) == {MADE.id: 2}
    before = [each.model_dump() for each in made.verdicts.find()]
    assert keep_votes(made, given, seed=0) == {MADE.id: 0}
    assert [each.model_dump() for each in made.verdicts.find()] == before
    assert keep_votes(made, [vote("ada", "refute")], seed=0) == {MADE.id: 0}
    assert Counter(each.stance for each in made.verdicts.find(source="participant")) == {
        "refute": 1,
        "silent": 1,
    }


def test_a_vote_on_a_proposal_of_another_run_is_refused() -> None:
    other = DirectVote(proposal="elsewhere", participant="ada", stance="support")
    with pytest.raises(KeyError):
        keep_votes(records([]), [other], seed=0)


def test_enough_votes_of_people_whose_words_were_read_correct_the_share() -> None:
    verdicts, truth = forty()
    made = records(verdicts)
    before = made.support.find()[0].support
    assert before.share == pytest.approx(16 / 28)
    asked = random.Random(1).sample(sorted(truth), 20)
    keep_votes(made, [vote(who, truth[who]) for who in asked], seed=0)
    (after,) = made.support.find()
    assert after.support.corrected is not None
    assert after.support.corrected.labels == 20
    assert after.support.corrected.share < before.share
    straight = weigh(
        {each.participant: each.stance for each in verdicts}, labels={who: truth[who] for who in asked}
    ).corrected
    assert straight is not None
    assert (after.support.corrected.low, after.support.corrected.high) == pytest.approx(
        (straight.low, straight.high)
    )
    assert (after.support.low, after.support.high) == (before.low, before.high), (
        "the counted one stands beside it"
    )


def test_fewer_than_ten_correct_nothing() -> None:
    verdicts, truth = forty()
    made = records(verdicts)
    keep_votes(made, [vote(f"p{n}", truth[f"p{n}"]) for n in range(9)], seed=0)
    assert made.support.find()[0].support.corrected is None


def test_votes_of_people_whose_words_nobody_read_stand_beside_and_correct_nothing() -> None:
    verdicts, _ = forty()
    made = records(verdicts)
    votes = [vote(f"new{n}", "support") for n in range(30)]
    keep_votes(made, votes, seed=0)
    assert made.support.find()[0].support.corrected is None
    found = direct_figures(MADE.id, made.verdicts.find(), made.votes.find())
    assert found is not None
    assert (found.votes.support, found.known, found.confusion) == (30, 0, None)


def test_what_is_counted_apart_stays_apart() -> None:
    made = records([verdict("ada", "support"), verdict("ben", "support")], apart=("c/ben",))
    assert made.support.find()[0].support.support == 1
    keep_votes(made, [vote("cleo", "support")], seed=0)
    assert made.support.find()[0].support.support == 1


def test_a_persons_own_word_goes_before_a_reviewers_reading_of_it() -> None:
    verdicts, truth = forty()
    labels = [verdict(who, "support", "reviewer:Ada") for who in truth]
    own = [vote(who, "refute").verdict for who in truth]
    found = weighed_verdicts([*verdicts, *labels, *own], {}, seed=0)
    assert found.corrected is not None
    assert found.corrected.share == 0.0


def test_figures_tell_accuracy_and_the_preferred_behaviour() -> None:
    choices = tuple(
        Choice(conversation=name, choice="new", new_first=first)
        for name, first in (("c1", True), ("c2", False))
    )
    votes = [vote("ada", "support", choices=choices), vote("ben", "refute")]
    found = direct_figures(MADE.id, [verdict("ada", "support"), verdict("ben", "support")], votes)
    assert found is not None
    assert found.confusion is not None
    assert (found.confusion.accuracy.count, found.confusion.accuracy.of) == (1, 2)
    assert found.preferred is not None
    assert (found.preferred.people.support, found.preferred.people.refute) == (1, 0)
    assert found.first_chosen == 0.5


def test_the_validators_accuracy_over_proposals_is_a_mean_over_them() -> None:
    made = records([verdict("ada", "support"), verdict("ben", "support")])
    other = proposal(text="must be long")
    made.proposals.add([other])
    made.verdicts.add([each.model_copy(update={"proposal": other.id}) for each in made.verdicts.find()])
    votes = [vote("ada", "support"), vote("ben", "refute"), vote("ada", "refute", proposal=other.id)]
    assert validator_accuracy(made) is None
    keep_votes(made, votes, seed=0)
    found = validator_accuracy(made)
    assert found is not None
    assert found.estimate == pytest.approx((0.5 + 0.0) / 2)
    assert (found.conversations, found.participants, found.assessments) == (2, 2, 3)


def test_which_behaviour_comes_first_is_a_coin_by_person_and_conversation() -> None:
    drawn = [new_comes_first(7, f"p{n}", MADE.id, "c") for n in range(2000)]
    assert 0.45 < sum(drawn) / 2000 < 0.55
    assert drawn == [new_comes_first(7, f"p{n}", MADE.id, "c") for n in range(2000)]
    assert drawn != [new_comes_first(8, f"p{n}", MADE.id, "c") for n in range(2000)]
