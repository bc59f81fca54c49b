"""Bridging: support in every group, not only of most people."""

import pytest

from concord.agreement.bridging import bridge, check_attribute, refuting_groups
from concord.agreement.stances import Stance
from concord.agreement.support import SupportShare, weigh
from concord.errors import OptionError


def voice(**groups: tuple[int, int]) -> SupportShare:
    """People by country: (for, against)."""
    stances: dict[str, Stance] = {}
    demographics: dict[str, dict[str, str]] = {}
    for country, (support, refute) in groups.items():
        for number in range(support + refute):
            person = f"{country}-{number}"
            stances[person] = "support" if number < support else "refute"
            demographics[person] = {"country": country}
    return weigh(stances, demographics)


def test_support_in_every_group_bridges() -> None:
    found = bridge(voice(chile=(8, 2), kenya=(6, 3)), "country")
    assert found.holds
    assert [each.value for each in found.groups] == ["chile", "kenya"]
    assert found.consensus == pytest.approx((9 / 12) * (7 / 11))
    assert not found.split


def test_a_group_that_refutes_breaks_the_bridge_however_many_others_support() -> None:
    found = bridge(voice(chile=(90, 2), kenya=(2, 7)), "country")
    assert not found.holds
    assert found.split
    assert found.against == ("kenya",)
    assert found.told == "Most support it, but country kenya refutes it (2 for, 7 against)."


def test_a_divided_group_breaks_it_too_and_is_called_so() -> None:
    found = bridge(voice(chile=(20, 2), kenya=(4, 4)), "country")
    assert not found.holds
    assert found.against == ()
    assert "is divided" in found.told


def test_groups_too_small_to_show_have_no_say() -> None:
    found = bridge(voice(chile=(20, 2), kenya=(0, 4)), "country")
    assert found.holds
    assert [each.value for each in found.groups] == ["chile"]


def test_without_a_group_that_is_large_enough_nothing_bridges() -> None:
    found = bridge(voice(chile=(3, 0), kenya=(2, 0)), "country")
    assert not found.holds
    assert found.consensus is None
    assert "large enough" in found.told


def test_what_one_group_firmly_refutes_is_named_without_being_asked_for() -> None:
    found = refuting_groups(voice(chile=(90, 2), kenya=(1, 11), india=(2, 4)))
    assert [(attribute, group.value) for attribute, group in found] == [("country", "kenya")]
    assert refuting_groups(voice(chile=(1, 30), kenya=(1, 11))) == ()


def test_an_attribute_that_nobody_has_is_refused_by_name() -> None:
    check_attribute("country", ["age", "country"])
    with pytest.raises(OptionError, match=r"'town'.*age, country"):
        check_attribute("town", ["country", "age"])
    with pytest.raises(OptionError, match="tells nothing"):
        check_attribute("town", [])
