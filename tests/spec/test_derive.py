"""Edits are derived from an edited copy and from a unified diff, and lead to it byte for byte."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import EditError
from concord.spec import (
    Edit,
    SectionEdits,
    Spec,
    apply,
    derive_edits,
    edited_copy,
    read_spec,
    read_unified_diff,
    unified_patch,
)
from concord.spec.anchors import occurrences

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the Model Spec releases are not on this machine"
)

TEXT = """\
Preamble.

# Top {#top}

Intro of the part.

## Be kind {#kind authority=user}

Be kind to everyone. Always say please. Always say thanks.

### When upset {#upset}

Say sorry once.

## Be clear {#clear authority=guideline}

- Use short words.
- Use few words.

# End

Last line.
"""


def derived(after: str, before: str = TEXT) -> tuple[SectionEdits, ...]:
    """The groups, once they were shown to lead to the text, and each to apply with its anchors once."""
    old, new = Spec.parse(before), Spec.parse(after)
    groups = derive_edits(old, new)
    spec = old
    for group in groups:
        for edit in group.edits:
            if edit.anchor:
                assert len(occurrences(spec.source_of(edit.section), edit.anchor)) == 1
            spec = apply(spec, [edit])
    assert spec.text == after
    return groups


def edits_of(groups: tuple[SectionEdits, ...]) -> list[tuple[str, str]]:
    return [(group.section, group.change) for group in groups]


def test_a_word_changed_is_one_small_edit() -> None:
    (group,) = derived(TEXT.replace("Always say please", "Often say please"))
    assert (group.section, group.title, group.change) == ("kind", "Be kind", "text")
    (edit,) = group.edits
    assert edit.op == "replace"
    assert len(edit.anchor) < 40
    (group,) = derived(TEXT.replace("everyone.", "everyone who asks."))
    assert group.edits == (Edit(op="insert", section="kind", anchor="kind to everyone", text=" who asks"),)
    (group,) = derived(TEXT.replace(" once.", "."))
    assert [edit.op for edit in group.edits] == ["delete"]


def test_changes_in_different_sections_are_groups_that_stand_alone() -> None:
    one = TEXT.replace("few words", "no long words")
    both = one.replace("Say sorry once", "Say sorry twice")
    groups = derived(both)
    assert edits_of(groups) == [("upset", "text"), ("clear", "text")]
    assert apply(Spec.parse(TEXT), groups[1].edits).text == one


def test_changed_sentences_of_one_section_are_edits_in_the_order_of_the_text() -> None:
    (group,) = derived(TEXT.replace("please", "yes").replace("thanks", "no"))
    assert [("yes" in edit.text, "no" in edit.text) for edit in group.edits] == [(True, False), (False, True)]


def test_sections_new_gone_and_moved_are_told_apart() -> None:
    clear = TEXT[TEXT.index("## Be clear") : TEXT.index("# End")]
    assert edits_of(derived(TEXT.replace(clear, ""))) == [("clear", "deleted")]
    new = "## Be brief {#brief}\n\nStop.\n\n"
    assert edits_of(derived(TEXT.replace("## Be clear", new + "## Be clear"))) == [("brief", "new")]
    assert edits_of(derived(TEXT.replace("## Be kind", new + "## Be kind"))) == [("brief", "new")]
    moved = TEXT.replace(clear, "").replace("## Be kind", clear + "## Be kind")
    assert edits_of(derived(moved)) in ([("clear", "moved")], [("kind", "moved")])


def test_new_sections_side_by_side_stand_alone() -> None:
    groups = derived(TEXT.replace("# End", "## One\n\nx\n\n## Two\n\ny\n\n# End"))
    assert sorted(edits_of(groups)) == [("one", "new"), ("two", "new")]
    for group in groups:
        assert group.section in apply(Spec.parse(TEXT), group.edits)


def test_a_section_may_be_split_joined_and_go_with_all_below_it() -> None:
    derived(TEXT.replace(" Always say thanks.", "\n\n### Thanks\n\nAlways say thanks."))
    derived(TEXT.replace("### When upset {#upset}\n\n", ""))
    kind = TEXT[TEXT.index("## Be kind") : TEXT.index("## Be clear")]
    assert edits_of(derived(TEXT.replace(kind, ""))) == [("kind", "deleted")]
    derived(TEXT.replace(kind, "") + "\n" + kind.rstrip() + "\n")


def test_a_heading_and_its_text_may_change_together() -> None:
    groups = derived(TEXT.replace("# End\n\nLast", "# The end\n\nVery last"))
    assert edits_of(groups) == [("end", "text")]
    derived(TEXT.replace("authority=user", "authority=root"))
    derived(TEXT.replace("{#kind", "{#kindness"))
    derived(TEXT.replace("### When", "## When"))


def test_equal_specs_give_no_edits() -> None:
    assert derived(TEXT) == ()


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (TEXT.replace("Preamble", "Foreword"), "before the first heading differs"),
        (TEXT.replace("\n", "\r\n"), "line ends differ|before the first heading"),
        (TEXT.replace("# Top", "# New\n\n# Top", 1), "stands before the spec's first section"),
    ],
)
def test_what_no_edits_lead_to_is_refused_in_one_sentence(after: str, reason: str) -> None:
    with pytest.raises(EditError, match=reason):
        derive_edits(Spec.parse(TEXT), Spec.parse(after))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_copy_saved_by_an_editor_of_another_system_keeps_only_real_changes(mark: str, newline: str) -> None:
    old = Spec.parse(TEXT)
    copy = mark + TEXT.replace("please", "thanks").replace("\n", newline)
    assert edited_copy(old, copy).text == TEXT.replace("please", "thanks")
    windows = Spec.parse("\ufeff" + TEXT.replace("\n", "\r\n"))
    assert edited_copy(windows, copy).text == "\ufeff" + TEXT.replace("please", "thanks").replace(
        "\n", "\r\n"
    )


LINE = st.sampled_from(
    ["Be kind.", "Say must, not should.", "", "- one", "- two", "```", "x  y", "Be kind. Be kind.", "> q", "---", "<!-- c -->"]
)  # fmt: skip
SECTION = st.tuples(st.integers(1, 3), st.integers(0, 60), st.lists(LINE, max_size=5))


def document(sections: list[tuple[int, int, list[str]]], newline: str, gap: int) -> str:
    """Half of the sections carry ids; the others get them from their titles."""
    written = {0: " {#t0}", 1: " {#t1 authority=user}", 2: "", 3: " *x*"}
    parts = [
        f"{'#' * level} T{number}{written[number % 4].replace('#t', f'#t{number}x')}{newline}"
        + "".join(line + newline for line in body if line not in ("```", "---"))
        + newline * gap
        for level, number, body in sections
    ]
    return f"# Start {{#start}}{newline}" + "".join(parts)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    st.lists(SECTION, max_size=7, unique_by=lambda section: section[1]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(0, 1),
    st.data(),
)
def test_any_revision_is_led_to(
    sections: list[tuple[int, int, list[str]]], newline: str, gap: int, data: st.DataObject
) -> None:
    """Sections in another order, at another level, with other text, new and gone."""
    before = sections[: data.draw(st.integers(0, len(sections)))]
    after = [
        (
            data.draw(st.sampled_from([level, level, level, 2])),
            number,
            data.draw(st.one_of(st.just(body), st.lists(LINE, max_size=4))),
        )
        for level, number, body in data.draw(st.permutations(sections))
        if data.draw(st.booleans())
    ]
    old, new = Spec.parse(document(before, newline, gap)), Spec.parse(document(after, newline, gap))
    groups = derive_edits(old, new)
    assert apply(old, [edit for group in groups for edit in group.edits]) == new
    assert bool(groups) == (old.text != new.text)


def test_sections_of_one_title_are_refused_where_their_ids_would_change() -> None:
    before = "# A\n\n## Notes\n\nx y\n\n# B\n\n## Notes\n\nz w\n"
    with pytest.raises(EditError, match=r"the id 'notes'.*write ids into those headings"):
        derive_edits(Spec.parse(before), Spec.parse(before.replace("## Notes\n\nx y\n\n", "")))
    derived(before.replace("z w", "z v"), before)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.lists(st.lists(LINE, max_size=6), min_size=1, max_size=4), st.data())
def test_changed_bodies_are_always_led_to(bodies: list[list[str]], data: st.DataObject) -> None:
    def written(bodies: list[list[str]]) -> str:
        return "".join(
            f"# S{n} {{#s{n}}}\n\n"
            + "".join(line + "\n" for line in body if line not in ("```", "---"))
            + "\n"
            for n, body in enumerate(bodies)
        )

    old = Spec.parse(written(bodies))
    new = Spec.parse(written([data.draw(st.lists(LINE, max_size=6)) for _ in bodies]))
    groups = derive_edits(old, new)
    assert {group.change for group in groups} <= {"text"}
    assert apply(old, [edit for group in groups for edit in group.edits]) == new


def scrambled(text: str, draw: random.Random, count: int) -> str:
    """A text with words of its paragraphs changed, taken out and put in, headings and fences left alone."""
    lines = text.split("\n")
    fenced, free = False, []
    for number, line in enumerate(lines):
        fenced ^= line.lstrip().startswith(("~~~", "```"))
        if not fenced and len(line.split()) > 6 and line[0].isalpha():
            free.append(number)
    for number in draw.sample(free, min(count, len(free))):
        words = lines[number].split(" ")
        place = draw.randrange(1, len(words))
        words[place : place + draw.randrange(3)] = draw.choices(
            ["must", "should", "not", "people"], k=draw.randrange(3)
        )
        lines[number] = " ".join(words)
    return "\n".join(lines)


@needs_shared
@pytest.mark.parametrize("seed", range(2))
def test_random_edits_all_over_a_release_are_led_to(seed: int) -> None:
    draw = random.Random(seed)
    for path in sorted(SHARED.glob("*.md")):
        old = read_spec(path)
        new = Spec.parse(scrambled(old.text, draw, 40))
        groups = derive_edits(old, new)
        assert {group.change for group in groups} == {"text"}
        assert apply(old, [edit for group in groups for edit in group.edits]) == new
        size = sum(len(edit.anchor) + len(edit.text) for group in groups for edit in group.edits)
        assert size < len(new.text) / 10
        assert read_unified_diff(old, unified_patch(old.text, new.text, path.name)) == new


@needs_shared
def test_one_release_is_led_to_the_other_and_back() -> None:
    one, other = read_spec(SHARED / "2025-02-12.md"), read_spec(SHARED / "2025-04-11.md")
    for old, new in ((one, other), (other, one)):
        assert len(derive_edits(old, new)) == 5


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.lists(LINE, max_size=12), st.lists(LINE, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_a_diff_read_gives_the_text_that_it_was_made_of(
    one: list[str], other: list[str], newline: str, ended: bool
) -> None:
    old, new = (
        Spec.parse("# A" + newline + newline.join(lines) + (newline if ended else ""))
        for lines in (one, other)
    )
    if old != new:
        assert read_unified_diff(old, unified_patch(old.text, new.text)) == new


LONG = "# A\n\n" + "".join(f"line {n}\n" for n in range(40))


def test_a_diff_against_another_version_is_refused_with_hunk_line_and_both_texts() -> None:
    diff = unified_patch(LONG, LONG.replace("line 3\n", "row 3\n").replace("line 30\n", "row 30\n"))
    with pytest.raises(EditError) as refusal:
        read_unified_diff(Spec.parse(LONG.replace("line 29", "other 29")), diff)
    assert str(refusal.value) == (
        "hunk 2 (line 12 of the diff) expects 'line 29' at line 32, where the spec has 'other 29'; the diff is"
        " against another version of it"
    )
    with pytest.raises(EditError, match=r"the spec has ended|which has"):
        read_unified_diff(Spec.parse("# A\n\nline 0\n"), diff)


@pytest.mark.parametrize(
    ("diff", "reason"),
    [
        ("", "no hunk in the diff"),
        ("just text\n", "no hunk in the diff"),
        ("--- a/x\n+++ b/x\n@@ nonsense @@\n", "line 3 of the diff is no hunk"),
        ("@@ -1,3 +1,3 @@\n # A\n", "too early"),
        ("@@ -1 +1 @@\n # A\n--- a/y\n--- a/z\n", "second file"),
        ("@@ -1 +1 @@\n?\n", r"begins with '\?'"),
        ("@@ -1 +1 @@\n-# A\n+text\n", r"after the diff, .*no sections|expects"),
        ("@@ -9,1 +9,1 @@\n-x\n+y\n", "another version"),
    ],
)
def test_what_is_no_diff_of_the_spec_is_refused(diff: str, reason: str) -> None:
    with pytest.raises(EditError, match=reason) as refusal:
        read_unified_diff(Spec.parse("# A\n"), diff)
    assert "\n" not in str(refusal.value)


def test_diffs_of_other_tools_are_read() -> None:
    old = Spec.parse("# A\n\nx\n\ny\n")
    git = "diff --git a/s.md b/s.md\nindex 1..2 100644\n--- a/s.md\n+++ b/s.md\n@@ -1,5 +1,5 @@ part\n # A\n\n-x\n+z\n \n y\n"
    assert read_unified_diff(old, git).text == "# A\n\nz\n\ny\n"
    assert read_unified_diff(old, git.replace("\n", "\r\n")).text == "# A\n\nz\n\ny\n"
    windows = Spec.parse("# A\r\nx\r\n")
    assert read_unified_diff(windows, "@@ -2 +2 @@\n-x\r\n+y\r\n").text == "# A\r\ny\r\n"
    with pytest.raises(EditError, match="another line end"):
        read_unified_diff(windows, "@@ -2 +2 @@\n-x\n+y\n")
