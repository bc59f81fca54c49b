"""Edits change one section, are refused where they would change more, and can be taken back."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import EditError
from concord.spec import Edit, Operation, Spec, apply, changed_sections, read_spec, reverse

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the Model Spec releases are not on this machine"
)

TEXT = """\
# Top {#top}

Intro.

## Be kind {#kind authority=user}

Be kind. Always say please.

### When upset {#upset}

Say sorry. Say sorry.

## Be clear {#clear authority=guideline}

- Use short words.
- Use few words.

# End

Last line.
"""
SPEC = Spec.parse(TEXT)


def edit(op: Operation, section: str, anchor: str = "", text: str = "") -> Edit:
    return Edit(op=op, section=section, anchor=anchor, text=text)


def edited(op: Operation, section: str, anchor: str = "", text: str = "", *, of: str = TEXT) -> str:
    """The text after one edit, once it was shown to revert to the byte."""
    before = Spec.parse(of)
    after = apply(before, [edit(op, section, anchor, text)])
    back = reverse(before, [edit(op, section, anchor, text)])
    assert apply(after, back).text == of
    return after.text


def test_replace_insert_and_delete_act_on_the_anchor_alone() -> None:
    assert edited("replace", "kind", "Always say", "Often say") == TEXT.replace("Always say", "Often say")
    assert edited("insert", "kind", "Be kind.", " Very.") == TEXT.replace("Be kind. A", "Be kind. Very. A")
    assert edited("insert", "clear", "short words.", "\n- Or none.") == TEXT.replace(
        "short words.\n", "short words.\n- Or none.\n"
    )
    assert edited("delete", "kind", " Always say please.") == TEXT.replace(" Always say please.", "")


def test_insert_without_an_anchor_adds_a_paragraph_before_the_sections_below() -> None:
    assert edited("insert", "kind", text="Mean it.\n") == TEXT.replace("please.\n", "please.\n\nMean it.\n")
    assert edited("insert", "end", text="\nBye.") == TEXT + "\nBye.\n"
    assert edited("insert", "a", text="x", of="# A") == "# A\n\nx"
    assert edited("insert", "a", text="x", of="# A\nt\n# B\n") == "# A\nt\n\nx\n\n# B\n"


def test_a_new_section_stands_after_the_section_and_all_below_it() -> None:
    new = "## Be brief {#brief}\n\nStop."
    assert edited("new_section", "kind", text=new) == TEXT.replace("## Be clear", f"{new}\n\n## Be clear")
    assert edited("new_section", "end", text="# After\n\nx\n\n") == TEXT + "\n# After\n\nx\n"
    assert edited("new_section", "a", text="## B\nb\n### C\nc", of="# A\nx") == "# A\nx\n\n## B\nb\n### C\nc"
    assert edited("new_section", "a", text="B\n===\n", of="# A\nx\n# C") == "# A\nx\n\nB\n===\n\n# C"


def test_the_body_of_a_section_or_a_whole_leaf_can_be_deleted() -> None:
    assert Spec.parse(edited("delete", "upset", SPEC.body_of("upset").strip())).body_of("upset").strip() == ""
    assert edited("delete", "upset", SPEC.source_of("upset")) == TEXT.replace(SPEC.source_of("upset"), "")
    assert "clear" not in Spec.parse(edited("delete", "clear", SPEC.source_of("clear").strip()))


def test_several_edits_apply_in_order_each_to_the_result_of_the_former() -> None:
    edits = [
        edit("replace", "kind", "please", "thanks"),
        edit("new_section", "kind", text="## Brief {#brief}\n\nStop."),
        edit("insert", "brief", "Stop", " now"),
        edit("replace", "kind", "thanks", "a word of thanks"),
    ]
    after = apply(SPEC, edits)
    assert "Always say a word of thanks." in after.text
    assert after.body_of("brief").strip() == "Stop now."
    assert changed_sections(SPEC, after) == ("kind", "brief")
    assert changed_sections(after, SPEC) == ("kind", "brief")
    assert apply(after, reverse(SPEC, edits)) == SPEC
    assert reverse(SPEC, []) == ()


def test_a_missing_anchor_is_refused_with_section_count_and_nearest_text() -> None:
    with pytest.raises(EditError) as refusal:
        apply(SPEC, [edit("replace", "kind", "Always say pleas, do", "x")])
    assert "section 'kind'" in str(refusal.value)
    assert "stands 0 times" in str(refusal.value)
    assert "the nearest text is " in str(refusal.value)
    assert "Always say please" in str(refusal.value)
    with pytest.raises(EditError, match="nothing there is like it"):
        apply(SPEC, [edit("delete", "kind", "quantum")])


def test_an_anchor_that_stands_twice_is_refused_with_the_count() -> None:
    with pytest.raises(EditError, match=r"section 'upset': the anchor 'Say sorry\.' stands 2 times"):
        apply(SPEC, [edit("delete", "upset", "Say sorry.")])
    with pytest.raises(EditError, match="stands 2 times"):
        apply(Spec.parse("# A\naaa\n"), [edit("delete", "a", "aa")])


def test_an_anchor_is_not_sought_in_the_sections_below() -> None:
    with pytest.raises(EditError, match=r"section 'kind'.* 0 times"):
        apply(SPEC, [edit("delete", "kind", "Say sorry. Say sorry.")])


def test_an_unknown_section_is_an_edit_error_naming_the_nearest() -> None:
    with pytest.raises(EditError, match="no section 'kid'; the nearest are kind"):
        apply(SPEC, [edit("delete", "kid", "x")])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (edit("insert", "kind", text="## Sneaky\n\nrule"), "would add a heading"),
        (edit("insert", "kind", "please.", "\n---"), "would add a heading"),
        (edit("replace", "kind", "Be kind. Always", "# New\n\nAlways"), "would add a heading"),
        (edit("insert", "kind", text="```\nnever closed"), "would take a heading out"),
        (edit("insert", "kind", text="<!-- never closed"), "would take a heading out"),
        (edit("delete", "clear", "## Be clear {#clear authority=guideline}"), "would take a heading out"),
        (edit("delete", "clear", "## "), "would take a heading out"),
        (edit("delete", "kind", SPEC.source_of("kind")), "while 'upset' stands below it"),
        (edit("replace", "kind", "{#kind", "{#cruel"), "would change the id"),
        (edit("insert", "kind", "authority=user}", "!"), "only a replace may"),
        (edit("replace", "kind", "## Be", "#### Be"), "would change section 'upset' too"),
        (edit("replace", "clear", "authority=guideline", "authority=king"), "authority 'king' is not one of"),
        (edit("new_section", "kind", text="No heading"), "must begin with a heading"),
        (edit("new_section", "kind", text="Text\n\n# Late"), "must begin with a heading"),
        (edit("new_section", "kind", text="## Other {#clear}\n"), "'clear' is there already"),
        (edit("new_section", "kind", text="## One\n\n## Two\n"), "add one section at a time"),
        (edit("new_section", "kind", text="## One\n\n```\n"), "one section|as given|which sections"),
        (edit("new_section", "kind", text="# One\n"), "would change section 'clear' too"),
        (edit("new_section", "kind", text=" \n"), "has no text"),
        (edit("insert", "kind", "Be kind.", ""), "has no text"),
        (edit("delete", "kind"), "has no anchor"),
        (edit("replace", "kind", "", "x"), "has no anchor"),
    ],
)
def test_what_would_change_the_structure_is_refused(change: Edit, reason: str) -> None:
    with pytest.raises(EditError, match=reason):
        apply(SPEC, [change])


def test_a_heading_may_be_reworded_by_replace() -> None:
    after = Spec.parse(
        edited("replace", "kind", "Be kind {#kind authority=user}", "Be good {#kind authority=root}")
    )
    assert (after.section("kind").title, after.section("kind").authority) == ("Be good", "root")
    assert Spec.parse(edited("replace", "end", "# End", "# The end")).ids[-1] == "the_end"


def test_the_only_section_cannot_be_deleted() -> None:
    with pytest.raises(EditError, match="no sections"):
        apply(Spec.parse("# A\nx"), [edit("delete", "a", "# A\nx")])


def test_what_no_edit_can_take_back_says_so() -> None:
    with pytest.raises(EditError, match="apply the patch in reverse"):
        reverse(Spec.parse("# A\n\n# B\n\n# C\n"), [edit("delete", "a", "# A\n\n")])


def test_a_first_subsection_can_be_put_in_and_taken_back() -> None:
    assert edited("delete", "b", "## B\n\n", of="# A\n## B\n\n## C\n") == "# A\n## C\n"
    assert edited("new_section", "a", "text", "## B\nb", of="# A\ntext\n\n## C\n") == (
        "# A\ntext\n\n## B\nb\n\n## C\n"
    )


def test_anchors_with_lf_match_crlf_and_inserted_text_takes_the_documents_line_ends() -> None:
    crlf = TEXT.replace("\n", "\r\n")
    change = "- Use short words.\n- Use few"
    assert edited("replace", "clear", change, "- Use\n- few", of=crlf) == TEXT.replace(
        change, "- Use\n- few"
    ).replace("\n", "\r\n")
    for op, section, text in (("insert", "kind", "a\n\nb"), ("new_section", "end", "# N\n\nx")):
        after = edited(op, section, "", text, of=crlf)  # type: ignore[arg-type]  # the ops are literals
        assert after.count("\n") == after.count("\r\n")
    lf = apply(SPEC, [edit("insert", "kind", text="a\r\n\r\nb")]).text
    assert "\r" not in lf


def test_a_refusal_shows_escape_codes_spelled_out() -> None:
    with pytest.raises(EditError) as refusal:
        apply(
            Spec.parse("# A\nred \x1b[31m alert \u202e now\n"), [edit("delete", "a", "red alert \x1b[0m now")]
        )
    assert "\x1b" not in str(refusal.value)
    assert "\u202e" not in str(refusal.value)


def test_looking_for_the_nearest_text_takes_little_time() -> None:
    spec = Spec.parse("# A\n" + "one two three four " * 20_000)
    started = time.perf_counter()
    with pytest.raises(EditError, match="0 times"):
        apply(spec, [edit("delete", "a", "one two five " * 500)])
    with pytest.raises(EditError, match="20000 times"):
        apply(spec, [edit("delete", "a", "one")])
    assert time.perf_counter() - started < 3


@needs_shared
@pytest.mark.parametrize("release", ["2025-02-12.md", "2025-04-11.md"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_kind_of_edit_to_every_section_of_a_release_applies_and_reverts(
    release: str, newline: str
) -> None:
    spec = read_spec(SHARED / release)
    if newline != "\n":
        spec = Spec.parse(spec.text.replace("\n", newline))
    for section in spec.sections if newline == "\n" else spec.sections[::10]:
        source = spec.source_of(section.id).replace("\r\n", "\n")
        body = spec.body_of(section.id).replace("\r\n", "\n").strip()
        level = "#" * section.level
        edits = [
            edit("insert", section.id, text="A new rule.\n\nWith a second paragraph."),
            edit("new_section", section.id, text=f"{level} A wholly new section\n\nIts text.\n"),
            edit("delete", section.id, body) if body else edit("insert", section.id, text="x"),
        ]
        lines = [
            line for line in body.split("\n") if line and source.count(line) == 1 and line[0] not in "~`<"
        ]
        if lines:
            edits.append(edit("replace", section.id, lines[0], "Something\n\nelse."))
            edits.append(edit("insert", section.id, lines[-1], "\n\nAnd more."))
        for each in edits:
            after = apply(spec, [each])
            added = ("a_wholly_new_section",) if each.op == "new_section" else ()
            assert set(after.ids) == {*spec.ids, *added}
            assert after.text.count("\n") == after.text.count(newline)
            assert set(changed_sections(spec, after)) <= {section.id, *added}
            assert apply(after, reverse(spec, [each])).text == spec.text


BODY = st.lists(
    st.sampled_from(["word", "two words", "", "- item", "```", "# x", "---", "<!--", "> q", "end.", "  in"]),
    max_size=6,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(BODY, min_size=2, max_size=4), st.sampled_from(["\n", "\r\n"]), st.data())
def test_an_edit_applies_and_reverts_or_is_refused(
    bodies: list[list[str]], newline: str, data: st.DataObject
) -> None:
    text = newline.join(
        f"{'#' * (1 + n % 3)} T{n}{newline}" + newline.join(body) for n, body in enumerate(bodies)
    )
    spec = Spec.parse(text)
    id_ = data.draw(st.sampled_from(spec.ids))
    source = spec.source_of(id_)
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    op: Operation = data.draw(st.sampled_from(["replace", "insert", "delete", "new_section"]))
    inserted = newline.join(data.draw(BODY))
    change = edit(op, id_, source[start:end], f"# N{newline}{inserted}" if op == "new_section" else inserted)
    try:
        after = apply(spec, [change])
    except EditError:
        return
    others = [each for each in spec.ids if each != id_ and each in after]
    assert len(others) == len(spec.ids) - 1
    for other in others:
        assert after.source_of(other).rstrip() == spec.source_of(other).rstrip()
    back: tuple[Edit, ...] | None
    try:
        back = reverse(spec, [change])
    except EditError:
        back = None
    if back is None:
        assert len(after.ids) < len(spec.ids), "only a section that was deleted may be beyond an edit"
    else:
        assert apply(after, back).text == text


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(BODY, min_size=4, max_size=6), st.sampled_from(["\n", "\r\n"]), st.data())
def test_many_edits_together_are_the_same_as_one_after_the_other(
    bodies: list[list[str]], newline: str, data: st.DataObject
) -> None:
    text = newline.join(f"# T{n}{newline}" + newline.join(body) for n, body in enumerate(bodies)) + newline
    spec = Spec.parse(text)
    changes = []
    for _ in range(data.draw(st.integers(4, 8))):
        op: Operation = data.draw(st.sampled_from(["insert", "replace", "delete"]))
        anchor = data.draw(st.sampled_from(["", "word", "end.", "- item", "# T"]))
        inserted = data.draw(st.sampled_from(["new words", "```", "# x", "a word", "", "<!--"]))
        changes.append(edit(op, data.draw(st.sampled_from(spec.ids)), anchor, inserted))
    one_by_one: Spec | EditError = spec
    for change in changes:
        if isinstance(one_by_one, Spec):
            try:
                one_by_one = apply(one_by_one, [change])
            except EditError as refusal:
                one_by_one = refusal
    if isinstance(one_by_one, Spec):
        assert apply(spec, changes) == one_by_one
    else:
        with pytest.raises(EditError) as together:
            apply(spec, changes)
        assert str(together.value) == str(one_by_one)
