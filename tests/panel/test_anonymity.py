"""k-anonymity: whoever is looked for by what the release tells of them stands among k people."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concord.panel.anonymity import OTHER, WITHHELD, anonymised

PEOPLE = st.lists(st.tuples(st.sampled_from(["", *"abcd"]), st.sampled_from(["", *"xyz"])), max_size=60).map(
    lambda rows: {
        f"p{number:02}": {name: value for name, value in zip(("age", "country"), row, strict=True) if value}
        for number, row in enumerate(rows)
    }
)


@given(people=PEOPLE, k=st.integers(1, 8))
def test_everybody_stands_among_k(people: dict[str, dict[str, str]], k: int) -> None:
    made = anonymised(people, k, ("age", "country"))
    looks = Counter(tuple(sorted(told.items())) for told in made.people.values())
    assert set(made.people) == set(people)
    assert made.smallest == min(looks.values(), default=0)
    if len(people) >= k:
        assert all(number >= k for number in looks.values())
    else:
        assert all(set(told.values()) <= {WITHHELD} for told in made.people.values())


@given(people=PEOPLE, k=st.integers(1, 8))
def test_what_is_told_is_true(people: dict[str, dict[str, str]], k: int) -> None:
    made = anonymised(people, k, ("age", "country"))
    rare = {(note.attribute, value): note.into for note in made.merged for value in note.values}
    for id_, told in made.people.items():
        for name, value in told.items():
            true = people[id_].get(name, "not given")
            assert value in (true, WITHHELD, rare.get((name, true)))


def test_rare_values_are_merged_and_told() -> None:
    people = {f"p{n:02}": {"country": "Kenya" if n < 20 else ("Fiji", "Oman")[n % 2]} for n in range(26)}
    made = anonymised(people, 5, ("country",))
    assert Counter(told["country"] for told in made.people.values()) == {"Kenya": 20, OTHER: 6}
    (note,) = made.merged
    assert (note.attribute, note.values, note.people, note.into) == ("country", ("Fiji", "Oman"), 6, OTHER)


def test_one_rare_person_hides_among_a_few_of_the_largest_group() -> None:
    people = {f"p{n:02}": {"gender": ("f", "m")[n % 2]} for n in range(40)} | {"p99": {"gender": "x"}}
    shown = Counter(told["gender"] for told in anonymised(people, 5, ("gender",)).people.values())
    assert shown == {"f": 20, "m": 16, WITHHELD: 5}


def test_combinations_count_and_the_preferred_attribute_is_shown() -> None:
    people = {f"p{n}": {"age": "old" if n < 6 else "young", "country": "xy"[n % 2]} for n in range(12)}
    by_age = anonymised(people, 5, ("age", "country"), prefer=["age"])
    by_country = anonymised(people, 5, ("age", "country"), prefer=["country"])
    assert {told["age"] for told in by_age.people.values()} == {"old", "young"}
    assert by_age.withheld == {"country": 12}
    assert {told["country"] for told in by_country.people.values()} == {"x", "y"}
    assert by_country.withheld == {"age": 12}


def test_other_attributes_are_left_alone() -> None:
    made = anonymised({"p": {"age": "9", "wish": "be kind"}}, 5, ("age",))
    assert made.people == {"p": {"age": WITHHELD, "wish": "be kind"}}


def test_k_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="k must be"):
        anonymised({}, 0, ())
