"""What evidence an edit needs, by the authority of its section."""

from pathlib import Path

import pytest
from builders import proposal

from concord.errors import OptionError
from concord.graph.policies import AuthorityTable
from concord.spec import Edit, Proposal, Spec

SPEC = Spec.parse(
    "# Top\n\n## Rooted {#rooted authority=root}\n\nOne.\n\n### Below {#below}\n\nTwo.\n\n"
    "## Open {#open authority=guideline}\n\nThree.\n\n## None {#none}\n\nFour.\n"
)


@pytest.mark.parametrize(
    ("section", "needs"),
    [("rooted", "a person"), ("below", "a person"), ("open", "likely"), ("none", "likely")],
)
def test_root_and_what_stands_below_it_need_a_person(section: str, needs: str) -> None:
    assert AuthorityTable().needs(SPEC, proposal(section, "x", "y")) == needs


def test_of_several_edits_the_strictest_counts() -> None:
    both = proposal("open", "x", "y")
    both = both.model_copy(update={"edits": (*both.edits, *proposal("rooted", "x", "y").edits)})
    assert AuthorityTable().needs(SPEC, both) == "a person"


def test_a_table_is_read_from_toml(tmp_path: Path) -> None:
    file = tmp_path / "authority.toml"
    file.write_text('root = "proven"\nguideline = "proven"\n')
    table = AuthorityTable.read(file)
    assert table.needs(SPEC, proposal("rooted", "x", "y")) == "proven"
    assert table.needs(SPEC, proposal("none", "x", "y")) == "likely"


@pytest.mark.parametrize("text", ['boss = "likely"', 'root = "maybe"', "root =", "root = 3"])
def test_a_wrong_table_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "authority.toml"
    file.write_text(text)
    with pytest.raises(OptionError) as refused:
        AuthorityTable.read(file)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_change_of_principle_may_need_more_than_a_clarification() -> None:
    table = AuthorityTable.of({"change_of_principle": {"guideline": "proven", "root": "likely"}}, "here")
    spec = SPEC
    clarifies = Proposal(
        edits=(Edit(op="insert", section="open", text="More."),),
        intent="More.",
        kind="clarification",
        origin="human",
    )
    changes = clarifies.model_copy(update={"kind": "change_of_principle"})
    assert table.needs(spec, clarifies) == "likely"
    assert table.needs(spec, changes) == "proven"
    rooted = changes.model_copy(update={"edits": (Edit(op="insert", section="rooted", text="More."),)})
    assert table.needs(spec, rooted) == "a person"
    with pytest.raises(OptionError, match=r"change_of_principle\.guideline"):
        AuthorityTable.of({"change_of_principle": {"guideline": "nothing"}}, "here")
