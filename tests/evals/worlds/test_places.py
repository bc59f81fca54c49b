"""What became of a planted place: held by the likely text, else the furthest that any proposal for it came."""

from dataclasses import replace

import pytest

from concord.evals.synthetic.config import shaped
from concord.evals.synthetic.language import AVOID, SHOULD
from concord.evals.synthetic.truth import Truth
from concord.evals.synthetic.world import Gap, document, make_world
from concord.evals.worlds.place_figures import place_block, place_figures
from concord.evals.worlds.places import ENDS, FATES, STEPS, Account, End, Made, PlaceFate, account


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(make_world(shaped("small", "large").model_copy(update={"fresh": 1000}), 0))


@pytest.fixture(scope="module")
def gap(truth: Truth) -> Gap:
    return truth.world.gaps[0]


def mended(truth: Truth, *gaps: Gap) -> str:
    return document(truth.world.plan.mended(gaps), truth.world.seed)


def exact(truth: Truth, gap: Gap, end: End, reason: str = "") -> Made:
    """A proposal that closes the place."""
    return Made(truth.world.spec, mended(truth, gap), end, reason)


def fate_of(truth: Truth, gap: Gap, *made: Made, final: str = "") -> PlaceFate:
    found = account(truth, made, final or truth.world.spec)
    return next(place for place in found.places if place.place == gap.id)


def test_what_the_text_holds_is_held_whatever_became_of_proposals(truth: Truth, gap: Gap) -> None:
    found = fate_of(truth, gap, exact(truth, gap, "screened"), final=mended(truth, gap))
    assert (found.fate, found.reason) == ("held", "")
    assert found.worth == pytest.approx(truth.share(mended(truth, gap)))


def test_the_worths_of_all_places_come_to_about_the_true_spec_s_gain(truth: Truth) -> None:
    assert sum(place.worth for place in account(truth, [], truth.world.spec).places) == pytest.approx(
        1, abs=0.15
    )


def test_a_lost_place_has_the_fate_of_the_proposal_that_came_furthest(truth: Truth, gap: Gap) -> None:
    made = [
        exact(truth, gap, "screened", "screened"),
        exact(truth, gap, "unsupported", "silent"),
        exact(truth, gap, "refused", "duplicate"),
    ]
    assert fate_of(truth, gap, *made).fate == "unsupported"
    assert fate_of(truth, gap, *made).reason == "silent"
    assert fate_of(truth, gap, made[2]).reason == "duplicate"


def test_an_adopted_edit_whose_place_is_not_held_did_it_in_part(truth: Truth, gap: Gap) -> None:
    assert fate_of(truth, gap, exact(truth, gap, "adopted")).fate == "in_part"


def test_a_proposal_for_another_place_or_of_no_gain_is_not_for_this_one(truth: Truth, gap: Gap) -> None:
    spec, other = truth.world.spec, truth.world.gaps[1]
    elsewhere = exact(truth, other, "no_evidence")
    backwards = Made(mended(truth, gap), spec, "no_evidence")
    inapplicable = Made(spec, None, "refused", "anchor")
    assert fate_of(truth, gap, elsewhere, backwards, inapplicable).fate == "never_proposed"
    assert fate_of(truth, other, elsewhere).fate == "no_evidence"


def test_the_right_rule_with_so_much_harm_that_nothing_is_left_is_not_for_the_place(
    truth: Truth, gap: Gap
) -> None:
    world, plan = truth.world, truth.world.plan.mended([gap])
    turned = tuple(
        replace(rule, strength=AVOID) if rule.strength == SHOULD and rule.topic != gap.topic else rule
        for rule in plan.rules
    )
    text = document(replace(plan, rules=turned), world.seed)
    assert truth.step(world.spec, text) < 0.3 * truth.gain(mended(truth, gap))
    assert fate_of(truth, gap, Made(world.spec, text, "no_evidence")).fate == "never_proposed"


def test_proposals_are_counted_by_the_steps_behind_them_and_by_what_they_truly_bring(
    truth: Truth, gap: Gap
) -> None:
    good, spec = mended(truth, gap), truth.world.spec
    made = [
        Made(spec, good, "adopted"), Made(spec, good, "no_evidence"), Made(good, spec, "no_evidence"),
        Made(good, spec, "screened"), Made(spec, None, "refused"),
    ]  # fmt: skip
    reached = account(truth, made, spec).reached
    assert {step: (each.proposals, each.true) for step, each in reached.items()} == {
        "made": (5, 2), "considered": (4, 2), "asked_for": (4, 2), "promising": (3, 2), "tried": (3, 2),
        "borne_out": (1, 1), "supported": (1, 1), "adopted": (1, 1),
    }  # fmt: skip
    assert len(STEPS) == len(ENDS)


def test_figures_are_means_over_worlds_and_the_block_names_the_reasons(truth: Truth, gap: Gap) -> None:
    spec = truth.world.spec
    one = account(truth, [exact(truth, gap, "no_evidence", "retries_exhausted")], spec)
    two = account(truth, [exact(truth, gap, "adopted")], mended(truth, gap))
    found = place_figures([one, two])
    worth = truth.share(mended(truth, gap))
    assert found["worth_held"] == found["lost_no_evidence"] == pytest.approx(worth / 2)
    assert found["tried_true_share"] == 1.0
    assert (found["tried_proposals"], found["adopted_proposals"]) == (1.0, 0.5)
    assert {f"lost_{fate}" for fate in FATES if fate != "held"} <= found.keys()
    block = place_block([one, two])
    assert "retries exhausted 1" in block
    assert "not asked for" not in block.split("proposals")[0]


def test_without_planted_places_there_is_nothing_to_tell() -> None:
    assert place_figures([Account()]) == {}
    assert place_block([Account()]) == ""
