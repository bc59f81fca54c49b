"""Which people count: conditions, lists of ids, and the least size of a group."""

from pathlib import Path

import pytest

from concord.errors import DataError, OptionError
from concord.panel.groups import check_group, is_narrow, lens_for, members_of, told
from concord.panel.ranking import Ranking
from concord.panel.records import Assessment, Conversation, Judgement, Message, Panel, Participant, Response


def panel() -> Panel:
    """Ten people in Kenya and four in Chile; every second is under 30. One Kenyan ranked nothing."""
    people = {
        f"p{number}": Participant(
            id=f"p{number}",
            demographics={
                "country": "Kenya" if number < 10 else "Chile",
                "age": ("young", "old")[number % 2],
            },
        )
        for number in range(14)
    }
    conversation = Conversation(
        id="c",
        messages=(Message(role="user", content="Hello?"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=label),)) for label in "AB"
        ),
    )
    return Panel(
        conversations={"c": conversation},
        participants=people,
        assessments=tuple(
            Assessment(
                id=name, conversation="c", participant=name, world=Judgement(ranking=Ranking.parse("A>B"))
            )
            for name in people
            if name != "p0"
        ),
    )


def test_values_of_one_attribute_widen_a_group_and_further_attributes_narrow_it() -> None:
    lens = lens_for(["country=Kenya", "country=Chile", "age = young"])
    assert lens.group == {"country": ("Kenya", "Chile"), "age": ("young",)}
    assert members_of(panel(), lens) == {f"p{number}" for number in range(0, 14, 2)}
    assert told(lens) == "country = Kenya or Chile and age = young"


def test_a_list_of_ids_is_a_group(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("\ufeffp1\n\n p2 \np3\np4\np5\np1\nstranger\n", encoding="utf-8")
    lens = lens_for([f"@{file}"])
    assert check_group(panel(), lens) == {"p1", "p2", "p3", "p4", "p5"}
    assert told(lens) == "6 listed people"


def test_everybody_is_no_group() -> None:
    assert not is_narrow(lens_for([]))
    assert len(check_group(panel(), lens_for([]), least=100)) == 14


@pytest.mark.parametrize(
    ("group", "told_of"),
    [
        (["country=Chile"], "4 people"),
        (["country=Peru"], r"country = Peru \(values: Chile, Kenya\)"),
        (["planet=Mars"], "nobody has that attribute"),
    ],
)
def test_a_group_too_small_or_that_nobody_is_in_is_refused_in_a_sentence(
    group: list[str], told_of: str
) -> None:
    with pytest.raises(DataError, match=told_of) as problem:
        check_group(panel(), lens_for(group))
    assert "\n" not in str(problem.value)


def test_people_without_a_ranking_make_no_group_larger() -> None:
    with pytest.raises(DataError, match="4 people with a 'world' ranking"):
        check_group(panel(), lens_for([], members=("p0", "p1", "p2", "p3", "p4")))


@pytest.mark.parametrize("entry", ["Kenya", "=Kenya", "country=", "@/nowhere/at/all"])
def test_what_names_no_group_is_refused(entry: str) -> None:
    with pytest.raises(OptionError):
        lens_for([entry])
