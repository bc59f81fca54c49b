"""What evidence an edit needs, by the authority of its section."""

from pathlib import Path

import pytest
from builders import proposal

from concord.errors import OptionError
from concord.graph.policies import AuthorityTable
from concord.spec import Spec

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
