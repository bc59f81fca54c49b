"""Signs of carelessness: shown, and left out on request only."""

import random

from concord.agreement.carefulness import careless, without
from concord.panel.ranking import Ranking
from concord.panel.records import Assessment, Conversation, Judgement, Message, Panel, Participant, Response

LABELS = "ABCD"


def panel(**people: str) -> Panel:
    """Twelve conversations on which honest people agree; each name ranks in the manner that is given."""
    draw = random.Random(3)
    conversations, assessments = {}, []
    for number in range(12):
        id_ = f"c{number}"
        responses = tuple(
            Response(label=label, messages=(Message(role="assistant", content=label + id_),))
            for label in LABELS
        )
        conversations[id_] = Conversation(
            id=id_, messages=(Message(role="user", content=id_),), responses=responses
        )
        true = draw.sample(LABELS, 4)
        for name, manner in people.items():
            order = {"honest": true, "random": draw.sample(LABELS, 4), "alike": list(LABELS), "copies": true}[
                manner
            ]
            words = f"{name} thinks that the first one is far better here, since it helps with {id_}"
            if manner == "copies":
                words = f"The first one is far better because it warns about the dangers of {id_}."
            judgement = Judgement(ranking=Ranking.parse(">".join(order)), rationale=words)
            assessments.append(
                Assessment(id=f"{id_}-{name}", conversation=id_, participant=name, world=judgement)
            )
    return Panel(
        conversations=conversations, participants={name: Participant(id=name) for name in people},
        assessments=tuple(assessments),
    )  # fmt: skip


HONEST = {f"h{number}": "honest" for number in range(6)}


def test_honest_people_show_no_sign() -> None:
    assert careless(panel(**HONEST)) == ()


def test_copies_one_ranking_for_everything_and_chance_are_told_apart() -> None:
    found = careless(panel(**HONEST, ann="random", ben="alike", cem="copies", dot="copies"))
    signs = {each.participant: each.signs for each in found}
    assert signs["cem"] == signs["dot"] == ("copied",)
    assert "like_chance" in signs["ann"]
    assert "always_alike" in signs["ben"]
    assert set(signs) == {"ann", "ben", "cem", "dot"}


def test_whoever_is_left_out_has_said_nothing() -> None:
    whole = panel(**HONEST, ann="random")
    rest = without(whole, ["ann"])
    assert "ann" not in rest.participants
    assert len(rest.assessments) == len(whole.assessments) - 12
    assert rest.conversations == whole.conversations
