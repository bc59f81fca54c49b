"""Labels correct the support share only where chance chose who gets one."""

import pytest

from concord.agents.records import Verdict
from concord.agreement.stances import Stance
from concord.errors import OptionError
from concord.graph.labelling import Label, as_verdicts, counted_labels, heard, to_label


def verdict(person: int, text: int = 0, stance: Stance = "support", source: str = "model") -> Verdict:
    return Verdict(
        proposal="p", assessment=f"a{person}-{text}", participant=f"p{person}", stance=stance, source=source
    )


TOLD = [verdict(person, text) for person in range(100) for text in range(3)]


def labelled(*assessments: str, source: str = "reviewer:Ada") -> list[Verdict]:
    return [
        each.model_copy(update={"source": source, "stance": "refute"})
        for each in TOLD
        if each.assessment in assessments
    ]


def test_sixty_people_are_asked_for_with_one_justification_each_in_an_order_that_doesnt_change() -> None:
    asked = to_label(0, TOLD)
    assert len(asked) == 60
    assert len({name.split("-")[0] for name in asked}) == 60
    assert asked != tuple(sorted(asked))
    fewer = [each for each in TOLD if each.participant != asked[0].split("-")[0].replace("a", "p")]
    assert to_label(0, fewer)[:59] == asked[1:]
    assert to_label(1, TOLD) != asked


def test_labels_from_the_top_on_count_and_what_is_labelled_already_isnt_asked_again() -> None:
    asked = to_label(0, TOLD)
    both = [*TOLD, *labelled(*asked[:12])]
    assert len(counted_labels(0, both)) == 12
    assert to_label(0, both) == asked[12:]


def test_labels_of_what_looked_wrong_move_no_share() -> None:
    asked = to_label(0, TOLD)
    chosen = labelled(*asked[1:40])
    assert counted_labels(0, [*TOLD, *chosen]) == {}
    assert len(counted_labels(0, [*TOLD, *chosen, *labelled(asked[0])])) == 40


def test_a_participant_asked_directly_counts_wherever_they_stand() -> None:
    last = next(reversed(heard(0, TOLD).values()))
    both = [*TOLD, *labelled(last.assessment, source="participant")]
    assert counted_labels(0, both) == {last.participant: "refute"}
    assert len(to_label(0, both)) == 59


def test_a_label_on_something_else_is_refused() -> None:
    label = Label(proposal="p", assessment="a1-0", stance="silent", by="Ada")
    (found,) = as_verdicts([label], {"a1-0": "p1"}, ["p"])
    assert (found.participant, found.source) == ("p1", "reviewer:Ada")
    with pytest.raises(OptionError, match="none of these"):
        as_verdicts([label], {"a1-0": "p1"}, ["q"])
    with pytest.raises(OptionError, match="doesn't have"):
        as_verdicts([label], {}, ["p"])
