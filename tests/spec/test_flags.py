"""A reviewer is told in words what a proposal changes that weighs more than wording."""

from pathlib import Path

import pytest

from concord.errors import EditError
from concord.spec import (
    Edit,
    Flag,
    Operation,
    Spec,
    apply,
    flags,
    flags_between,
    lowered,
    modal_words,
    placement_problems,
    read_spec,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"

EXAMPLE = """\
**Example**: a lie

~~~xml
<user>
Did you eat?
</user>
<comparison>
<assistant> <!-- BAD: a lie -->
Yes, a whole pizza, and it was good.
</assistant>
<assistant> <!-- GOOD -->
I am a program, so I must never eat.
</assistant>
</comparison>
~~~
"""
SPEC = Spec.parse(
    f"""\
# Under-18 Principles {{#minors authority=root}}

The assistant must not lie. It should help where it can.

## Be kind {{#kind authority=user}}

Be kind. It may say please, and it should listen.

{EXAMPLE}
## Be clear {{#clear authority=guideline}}

Use short words.

# End {{#end}}

Last.
"""
)


def edit(op: Operation, section: str, anchor: str = "", text: str = "") -> Edit:
    return Edit(op=op, section=section, anchor=anchor, text=text)


def flags_of(*edits: Edit) -> list[tuple[str, str]]:
    return [(flag.kind, flag.sentence) for flag in flags(SPEC, edits)]


def test_wording_alone_raises_no_flag() -> None:
    assert flags_of(edit("replace", "clear", "short words", "plain words")) == []


def test_a_change_of_authority_is_told_from_and_to() -> None:
    assert flags_of(edit("replace", "kind", "authority=user", "authority=root")) == [
        ("authority", "authority of 'Be kind': user → root")
    ]
    assert flags_of(edit("replace", "kind", " authority=user", "")) == [
        ("authority", "authority of 'Be kind': user → no authority")
    ]


@pytest.mark.parametrize(
    ("anchor", "text", "sentence"),
    [
        ("must not lie", "should not lie", "must not → should not in section 'Under-18 Principles'"),
        ("must not lie", "must lie", "must not → must in section 'Under-18 Principles'"),
        ("should help", "must help", "should → must in section 'Under-18 Principles'"),
        ("should help", "shouldn’t help", "should → should not in section 'Under-18 Principles'"),
        ("must not lie", "never lies", "must not → never in section 'Under-18 Principles'"),
    ],
)
def test_another_modal_word_is_told_with_its_section(anchor: str, text: str, sentence: str) -> None:
    assert flags_of(edit("replace", "minors", anchor, text)) == [("modal", sentence)]


def test_a_modal_word_added_or_taken_out_is_told_with_its_sentence() -> None:
    assert flags_of(edit("replace", "clear", "Use short", "Always use short")) == [
        ("modal", "“always” is added in section 'Be clear': “Always use short words.”")
    ]
    assert flags_of(edit("replace", "kind", "may say", "says")) == [
        ("modal", "“may” is taken out in section 'Be kind': “It may say please, and it should listen.”")
    ]


def test_a_new_section_is_told_with_authority_place_and_modal_words() -> None:
    new = "## Report {#report authority=root}\n\nAlways report. You must never wait.\n"
    assert flags_of(edit("new_section", "kind", text=new)) == [
        ("structure", "new ROOT section 'Report' under Under-18 Principles, with always, must never")
    ]


def test_sections_deleted_moved_renamed_and_of_another_level_are_told() -> None:
    assert flags_of(edit("delete", "clear", SPEC.source_of("clear"))) == [
        ("structure", "GUIDELINE section 'Be clear' under Under-18 Principles is deleted")
    ]
    assert flags_of(edit("replace", "end", "# End", "# The end")) == [
        ("structure", "section 'End' is renamed 'The end'")
    ]
    assert ("structure", "heading level of 'Be clear': 2 → 3") in flags_of(
        edit("replace", "clear", "## Be", "### Be")
    )
    clear = SPEC.source_of("clear")
    moved = Spec.parse(SPEC.text.replace(clear, "") + "\n" + clear)
    assert [flag.sentence for flag in flags_between(SPEC, moved)] == [
        "section 'Be clear' moved from under Under-18 Principles to under End"
    ]


def test_examples_removed_changed_or_turned_are_told() -> None:
    def only(after: str) -> Flag:
        (flag,) = flags_between(SPEC, Spec.parse(after))
        assert flag.kind == "example"
        assert flag.section == "kind"
        return flag

    text = SPEC.text
    bad = text[text.index("<assistant> <!-- BAD") : text.index("<assistant> <!-- GOOD")]
    assert only(text.replace(bad, "")).sentence.startswith(
        "a BAD example in section 'Be kind' is removed: “Yes, "
    )
    assert (
        "is changed: “No, none.”"
        in only(text.replace("Yes, a whole pizza, and it was good.", "No, none.")).sentence
    )
    assert "turns from BAD to OK" in only(text.replace("BAD: a lie", "OK: a lie")).sentence
    assert "the remark on a BAD example" in only(text.replace("BAD: a lie", "BAD: not true")).sentence


def test_modal_words_in_an_example_response_are_no_rule() -> None:
    found = flags_between(SPEC, Spec.parse(SPEC.text.replace("I must never eat", "I may eat")))
    assert [flag.kind for flag in found] == ["example"]


def test_modal_words_are_read_whole() -> None:
    text = "It must not, shouldn't, cannot; may never do so. In May, under no circumstances. She needs to, only then."
    assert modal_words(text) == [
        "must not", "should not", "can not", "may never", "under no circumstances", "needs to", "only",
    ]  # fmt: skip


def test_flags_of_edits_that_do_not_apply_are_refused() -> None:
    with pytest.raises(EditError):
        flags(SPEC, [edit("delete", "clear", "no such text")])


def placed(section: str, text: str) -> list[tuple[str, str]]:
    return [
        (each.kind, each.sentence)
        for each in placement_problems(SPEC, edit("new_section", section, text=text))
    ]


def test_a_section_beside_or_directly_below_with_no_more_authority_is_well_placed() -> None:
    assert placed("kind", "## Thank {#thank authority=user}\n\nx") == []
    assert placed("kind", "### Thank {#thank authority=guideline}\n\nx") == []
    assert placed("clear", "## Thank\n\nx") == []
    assert placement_problems(SPEC, edit("delete", "clear", "short")) == ()


def test_more_authority_than_the_section_above_is_told_and_can_be_lowered() -> None:
    change = edit(
        "new_section",
        "kind",
        text="### Obey {#obey authority=root}\n\nx\n\n#### Now {#now authority=system}\n\ny",
    )
    (first, second) = placement_problems(SPEC, change)
    assert (first.kind, first.allowed) == ("authority", "user")
    assert "asks for authority root, above user, that of 'Be kind' above it" in first.sentence
    assert second.section == "now"
    low = lowered(SPEC, change)
    assert placement_problems(SPEC, low) == ()
    assert [apply(SPEC, [low]).section(id_).authority for id_ in ("obey", "now")] == ["user", "user"]


def test_at_the_top_the_sections_beside_it_tell() -> None:
    spec = Spec.parse("# A {#a authority=user}\n\nx\n\n# B {#b authority=guideline}\n\ny\n")
    (found,) = placement_problems(spec, edit("new_section", "b", text="# C {#c authority=system}\n\nz"))
    assert "that of 'A' beside it" in found.sentence


def test_a_level_that_skips_or_ends_the_part_is_told() -> None:
    ((kind, sentence),) = placed("kind", "#### Deep\n\nx")
    assert kind == "level"
    assert "it skips a level; use ### to put it below, or ## to put it beside" in sentence
    ((kind, sentence),) = placed("clear", "# Shallow\n\nx")
    assert kind == "level"
    assert "it would end the part that 'Be clear' stands in" in sentence


def test_attributes_that_would_be_lost_are_told() -> None:
    ((kind, sentence),) = placed("kind", "## Obey {#my id authority=root}\n\nx")
    assert kind == "attributes"
    assert "holds blanks" in sentence


@pytest.mark.skipif(not SHARED.is_dir(), reason="the Model Spec releases are not on this machine")
def test_between_the_releases_only_modal_words_and_examples_are_flagged() -> None:
    found = flags_between(read_spec(SHARED / "2025-02-12.md"), read_spec(SHARED / "2025-04-11.md"))
    assert {flag.kind for flag in found} == {"modal", "example"}
    assert {flag.section for flag in found if flag.kind == "modal"} == {"do_not_lie"}
