"""What the parser could not take as it was meant is told: what, on which line, what to do."""

import pytest

from concord.spec import Spec, problems

LOST = [
    ("{#my id authority=user}", "holds blanks, so its id and authority are not read", "such as #my_id"),
    ("{#b authority = root}", "not written as attributes are", "with = and no blanks"),
    ("{authority: user}", "not written as attributes are", "with = and no blanks"),
    ("{#d authority=user", "no closing brace", "close them"),
    ("{#e authority=user} tail", "don't stand at the end of the heading", "move them"),
    ("{#i, authority=user}", "not written as attributes are", "{#an_id authority=user}"),
    ("{# j authority=root}", "not written as attributes are", "{#an_id authority=user}"),
    ('{#k authority="user}', "not written as attributes are", "{#an_id authority=user}"),
    ("[authority=user]", "stands in the title, so the section has none", "in braces"),
]  # fmt: skip


@pytest.mark.parametrize(("attributes", "what", "todo"), LOST)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_attributes_that_are_not_read_are_told_with_their_line(
    attributes: str, what: str, todo: str, newline: str
) -> None:
    spec = Spec.parse(f"# First\n\ntext\n\n## Section {attributes}\n\nmore\n".replace("\n", newline))
    assert spec.sections[1].authority is None
    (found,) = problems(spec)
    assert found.line == 5
    assert found.section == spec.ids[1]
    assert what in found.what
    assert todo in found.todo
    assert str(found).startswith(f"line 5, section {spec.ids[1]!r}: ")


def test_an_id_that_another_section_has_is_told() -> None:
    (found,) = problems(Spec.parse("# A {#same}\n\n# B {#same}\n"))
    assert (found.line, found.section) == (3, "same_2")
    assert "the id 'same' is that of 'A' already" in found.what


def test_attributes_that_count_otherwise_than_written_are_told() -> None:
    told = problems(Spec.parse("# A {#a #b authority=user authority=root colour=red}\n"))
    assert [each.what.split(" and the last")[0] for each in told] == [
        "#a and #b both stand in the heading", "two authorities stand in the heading",
        "the attribute 'colour' means nothing here",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "heading",
    ["Be kind", "Be kind {#kind authority=user .x}", "Sets {1, 2}", "A {b} c", "C# and {braces}", "{}"],
)
def test_ordinary_headings_are_no_problem(heading: str) -> None:
    assert problems(Spec.parse(f"# {heading}\n\ntext {{#my id authority=user}}\n")) == ()


def test_front_matter_of_a_file_and_of_its_parts_is_no_section() -> None:
    text = (
        "---\ntitle: One # x\n# comment\n\ntags:\n  - a\n---\n# A\n\nx\n\n---\ntitle: Two\nauthor: b\n---\n\n# B\n\ny\n"
        "\n---\nlayout: part\ntags:\n  - c\n...\n\n# C\n"
    )
    for newline in ("\n", "\r\n", "\r"):
        spec = Spec.parse(text.replace("\n", newline))
        assert spec.ids == ("a", "b", "c")
        assert spec.preamble + "".join(spec.source_of(id_) for id_ in spec.ids) == spec.text


def test_prose_between_two_rules_stays_what_it_is() -> None:
    assert Spec.parse("# A\n\n---\n\nPlain words\n---\n").ids == ("a", "plain_words")
    assert Spec.parse("# A\n\n---\nPlain words\n---\n").ids == ("a", "plain_words")
    assert Spec.parse("# A\n\n---\nkey: value\n\n# B\n---\n").ids == ("a", "b")
