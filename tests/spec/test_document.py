"""A spec file is read into sections that tile it, and written back to the byte."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import SpecError
from concord.spec import Spec, outline, read_spec, write_spec
from concord.spec.splicing import spliced

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the Model Spec releases are not on this machine"
)

PIECES = st.sampled_from(
    ["# A", "## B {#b}", "### C {#c authority=user}", "Title", "=====", "---", "```", "~~~xml", "~~~", "- item",
     "> quote", "> # no", "- # no", "    # code", "<!--", "-->", "text", "", " ", "\t", "#", "# ", "# A #", "a: b",
     "[x]: y", "* * *", "\u2028# no", "\x0c", "é ü 日本", "#hash", "<div>", "\x00", "| a |", "|---|"]
)  # fmt: skip
MARKDOWN = st.lists(st.tuples(PIECES, st.sampled_from(["\n", "\r\n", "\r", "\n\n"])), max_size=30).map(
    lambda lines: "".join(text + end for text, end in lines)
)


def ids(text: str) -> tuple[str, ...]:
    return Spec.parse(text).ids


@settings(max_examples=300, derandomize=True, deadline=None)
@given(MARKDOWN, st.sampled_from(["", "\ufeff"]), st.sampled_from(["", "# Z", "tail"]))
def test_the_sections_after_the_preamble_tile_any_text(body: str, mark: str, tail: str) -> None:
    text = mark + "# First\n" + body + tail
    spec = Spec.parse(text)
    assert spec.text == text
    assert spec.preamble + "".join(spec.source_of(id_) for id_ in spec.ids) == text
    assert len(set(spec.ids)) == len(spec.ids)
    for section, after in zip(spec.sections, spec.sections[1:], strict=False):
        assert section.start < section.body <= section.end == after.start
    for id_ in spec.ids:
        section = spec.section(id_)
        assert text[: section.start] == "" or text[section.start - 1] in "\r\n\ufeff"
        assert all(spec.section(above).level < section.level for above in spec.ancestors(id_))
        assert all(id_ in spec.ancestors(below) for below in spec.descendants(id_))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(MARKDOWN, st.booleans())
def test_a_file_is_written_back_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, body: str, bom: bool
) -> None:
    folder = tmp_path_factory.mktemp("spec")
    data = (b"\xef\xbb\xbf" if bom else b"") + b"# A\r\n" + body.encode()
    (folder / "in.md").write_bytes(data)
    spec = read_spec(folder / "in.md")
    write_spec(spec, folder / "out.md")
    assert (folder / "out.md").read_bytes() == data
    without_bom_change = hashlib.sha256(data).hexdigest()
    assert spec.digest == without_bom_change


@settings(max_examples=400, derandomize=True, deadline=None)
@given(MARKDOWN, MARKDOWN, st.data())
def test_a_spec_read_again_after_a_change_equals_one_read_from_scratch(
    body: str, inserted: str, data: st.DataObject
) -> None:
    spec = Spec.parse("# First\n\n" + body)
    start = data.draw(st.integers(0, len(spec.text)))
    end = data.draw(st.integers(start, min(len(spec.text), start + 12)))
    revised = spec.text[:start] + inserted + spec.text[end:]
    try:
        expected = Spec.parse(revised)
    except SpecError:
        with pytest.raises(SpecError):
            spliced(spec, start, end, inserted)
        return
    assert spliced(spec, start, end, inserted) == expected


def test_a_changed_heading_may_reach_back_into_the_paragraph_above() -> None:
    spec = Spec.parse("# A\n\n# B\npara\n# C\n===\n")
    place = spec.section("c").start + 1
    revised = spliced(spec, place, place, "x")
    assert revised == Spec.parse(spec.text[:place] + "x" + spec.text[place:])
    assert revised.sections[-1].title == "para #x C"


@needs_shared
def test_every_release_round_trips_and_its_sections_are_those_of_its_attributes(tmp_path: Path) -> None:
    releases = sorted(SHARED.glob("*.md"))
    assert releases
    for release in releases:
        spec = read_spec(release)
        write_spec(spec, tmp_path / release.name)
        assert (tmp_path / release.name).read_bytes() == release.read_bytes()
        assert len(spec.sections) == 71
        for section in spec.sections:
            heading = spec.text[section.start : section.body]
            assert f"{{#{section.id}" in heading
            assert (f"authority={section.authority}" in heading) == (section.authority is not None)
        assert spec.ancestors("sexual_content_involving_minors") == (
            "stay_in_bounds", "disallowed_content", "prohibited_content",
        )  # fmt: skip


@needs_shared
def test_an_outline_counts_words_and_examples_of_own_text() -> None:
    rows = outline(read_spec(SHARED / "2025-04-11.md"))
    assert sum(row.examples for row in rows) == 337
    assert next(row for row in rows if row.id == "prohibited_content").examples == 0
    small = outline(Spec.parse("# A\nOne two-three, don't 4.\n## B\n"))
    assert [(row.id, row.level, row.words) for row in small] == [("a", 1, 4), ("b", 2, 0)]


def test_headings_of_both_kinds_make_sections_and_fenced_or_nested_ones_do_not() -> None:
    text = "Top\n===\n\nintro\n```\n# in a fence\n```\n~~~\n## too\n~~~\n> # quoted\n\n- # listed\n\n    # code\n\nSub\nline\n---\nx\n"
    spec = Spec.parse(text)
    assert [(section.title, section.level) for section in spec.sections] == [("Top", 1), ("Sub line", 2)]
    assert spec.body_of("sub_line") == "x\n"


def test_front_matter_and_text_before_the_first_heading_are_kept_and_are_no_sections() -> None:
    text = "---\ntitle: A spec\ntags:\n  - x\n---\nHello\n\n# One\n"
    spec = Spec.parse(text)
    assert spec.ids == ("one",)
    assert spec.preamble == "---\ntitle: A spec\ntags:\n  - x\n---\nHello\n\n"
    assert ids("---\n\nPlain\n---\n# One") == ("plain", "one")


def test_only_line_feeds_and_carriage_returns_end_a_line() -> None:
    spec = Spec.parse("# A\u2028# B\x0c# C\nx\r## D\ry")
    assert [section.title for section in spec.sections] == [
        "A\u2028# B\x0c# C".replace("\u2028", " ").replace("\x0c", " "),
        "D",
    ]
    assert spec.body_of("d") == "y"


def test_attributes_give_id_and_authority_and_other_braces_stay_in_the_title() -> None:
    spec = Spec.parse(
        "# Be kind {#kind authority=user}\n# Two {authority=Guideline .x}\n# A {b} c\n# Sets {1, 2}\n# No {authority=none}\n"
    )
    rows = [(section.id, section.authority, section.title) for section in spec.sections]
    assert rows == [
        ("kind", "user", "Be kind"),
        ("two", "guideline", "Two"),
        ("a_b_c", None, "A {b} c"),
        ("sets_1_2", None, "Sets {1, 2}"),
        ("no", None, "No"),
    ]


def test_ids_come_from_titles_in_any_script_and_are_unique() -> None:
    assert ids("# Don't lie!\n# 日本語 テスト\n# हिन्दी\n# ***\n# Ça va?") == (
        "dont_lie", "日本語_テスト", "हिन्दी", "section", "ça_va",
    )  # fmt: skip
    assert ids("# A\n# A\n# A 2\n# A\n") == ("a", "a_3", "a_2", "a_4")
    assert ids("# X {#same}\n# Y {#same}\n# Same\n") == ("same", "same_2", "same_3")
    assert ids("# Kind\n# Other {#kind}\n") == ("kind_2", "kind")


def test_an_id_does_not_depend_on_sections_of_other_titles() -> None:
    before = ids("# A\n## Notes\n# B\n")
    assert set(before) < set(ids("# New\n# A\ntext\n## Notes\n## More\n# B\n"))


@pytest.mark.parametrize("text", ["", "just text\n", "```\n# fenced\n```\n", "\ufeff", "#no space\n"])
def test_a_spec_without_sections_is_refused_saying_what_is_expected(text: str) -> None:
    with pytest.raises(SpecError, match=r"no sections: expected Markdown with at least one heading"):
        Spec.parse(text)


def test_an_unknown_authority_is_refused_with_its_line() -> None:
    with pytest.raises(SpecError, match=r"line 3: authority 'usr' is not one of root, platform"):
        Spec.parse("# A\n\n## B {#b authority=usr}\n")


def test_an_unknown_section_is_refused_naming_the_nearest() -> None:
    spec = Spec.parse("# Be kind {#be_kind}\n# Be clear {#be_clear}\n")
    with pytest.raises(SpecError, match="no section 'be_knd'; the nearest are be_kind"):
        spec.section("be_knd")
    with pytest.raises(SpecError, match="`concord spec show` lists them"):
        spec.source_of("zzzzzz")


def test_files_that_cannot_be_read_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no spec file"):
        read_spec(tmp_path / "none.md")
    with pytest.raises(SpecError, match="can't be read"):
        read_spec(tmp_path)
    (tmp_path / "latin.md").write_bytes(b"# A\ncaf\xe9\n")
    with pytest.raises(SpecError, match=r"byte 7 \(line 2\) is 0xe9"):
        read_spec(tmp_path / "latin.md")
    (tmp_path / "empty.md").write_bytes(b"")
    with pytest.raises(SpecError, match=r"empty\.md.*no sections"):
        read_spec(tmp_path / "empty.md")
    with pytest.raises(SpecError, match="can't be written"):
        write_spec(Spec.parse("# A"), tmp_path / "no" / "such.md")
    with pytest.raises(SpecError, match="lone surrogate"):
        Spec.parse("# A \ud800")


def test_a_spec_is_a_record_that_survives_json() -> None:
    spec = Spec.parse("\ufeff# A\r\nx\u2028y")
    assert spec.digest
    again = Spec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert "digest" not in spec.model_dump()
