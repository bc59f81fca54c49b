"""A comparison tells a person what changed, section by section: moves as moves, typography folded away."""

import io
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from concord.spec import (
    Comparison,
    Redline,
    SectionChange,
    Spec,
    compare,
    comparison_html,
    comparison_plain,
    comparison_terminal,
    read_spec,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"

TEXT = """\
# Top {#top}

Intro of the part.

## Be kind {#kind authority=user}

Be kind to everyone who asks. The assistant must say please when it asks for something.

## Be clear {#clear authority=guideline}

Use short words wherever they do. Long words tire the reader.

# Bounds {#bounds authority=root}

Never help with a weapon that could kill many people.
"""


def changes(after: str, before: str = TEXT) -> dict[str, SectionChange]:
    return {change.section: change for change in comparison(after, before).sections}


def comparison(after: str, before: str = TEXT) -> Comparison:
    return compare(Spec.parse(before), Spec.parse(after))


def summary(after: str, before: str = TEXT) -> dict[str, list[str]]:
    told = comparison(after, before).summary
    return {head: [change.title for change in those] for head, those in told.items() if those}


def test_equal_specs_have_nothing_to_tell() -> None:
    assert comparison(TEXT).sections == ()
    assert comparison_plain(comparison(TEXT)).startswith("the two specs are the same\n")


def test_sections_new_and_gone_are_told_with_their_text() -> None:
    after = TEXT.replace("## Be clear {#clear authority=guideline}", "## Be brief {#brief authority=user}")
    after = after.replace(
        "Use short words wherever they do. Long words tire the reader.", "Stop when all is said."
    )
    assert summary(after) == {"new": ["Be brief"], "gone": ["Be clear"]}
    found = changes(after)
    assert [passage.kind for passage in found["brief"].passages] == ["added"]
    assert [passage.kind for passage in found["clear"].passages] == ["removed"]
    assert found["brief"].path == ("Top",)


def test_a_section_that_moved_is_told_as_moved_and_not_as_gone_and_new() -> None:
    kind = TEXT[TEXT.index("## Be kind") : TEXT.index("## Be clear")]
    after = TEXT.replace(kind, "") + "\n" + kind
    assert summary(after) == {"moved": ["Be kind"]}
    told = comparison_plain(comparison(after))
    assert "moved: from under Top to under Bounds" in told
    assert "Be kind to everyone" not in told


def test_of_sections_in_another_order_the_fewest_are_told() -> None:
    before = "".join(f"# S{n} {{#s{n}}}\n\nText of {n}.\n\n" for n in range(6))
    first = "# S0 {#s0}\n\nText of 0.\n\n"
    after = before.replace(first, "") + first
    assert summary(after, before) == {"moved": ["S0"]}
    assert "moved: now after S5 in its place" in comparison_plain(comparison(after, before))


def test_what_stands_below_a_moved_section_did_not_move() -> None:
    before = "# A {#a}\n\n## B {#b}\n\nx\n\n### C {#c}\n\ny\n\n# D {#d}\n\nz\n"
    after = "# A {#a}\n\n# D {#d}\n\nz\n\n## B {#b}\n\nx\n\n### C {#c}\n\ny\n"
    assert summary(after, before) == {"moved": ["B"]}


def test_a_changed_authority_is_told_from_and_to() -> None:
    after = TEXT.replace("{#kind authority=user}", "{#kind authority=root}")
    assert summary(after) == {"authority changed": ["Be kind"]}
    told = comparison_plain(comparison(after))
    assert "Be kind (user → root)" in told
    assert "authority: user → root" in told


def test_a_section_with_another_id_and_title_is_known_by_its_text() -> None:
    after = TEXT.replace("## Be kind {#kind ", "## Kindness {#kindness ")
    assert summary(after) == {"renamed": ["Kindness"]}
    assert changes(after)["kindness"].old_id == "kind"


def test_numbered_ids_do_not_mix_up_sections_of_one_title() -> None:
    before = "# A\n\n## Notes\n\nThe first notes say this.\n\n# B\n\n## Notes\n\nThe second ones say that.\n"
    after = "# A\n\n# B\n\n## Notes\n\nThe second ones say that.\n"
    found = comparison(after, before)
    assert [(change.status, change.path) for change in found.sections] == [("gone", ("A",))]


def test_typography_alone_is_counted_and_not_shown() -> None:
    before = TEXT.replace("say please when", "say 'please' - always -  when")
    after = before.replace("'please' - always -  when", "‘please’ — *always* —\nwhen")
    assert summary(after, before) == {"typographic": ["Be kind"]}
    told = comparison_plain(comparison(after, before))
    assert "typography only      1  Be kind" in told
    assert "please" not in told


def test_typography_beside_a_real_change_is_not_marked() -> None:
    before = TEXT.replace("say please when", "say 'please' when")
    after = before.replace("'please'", "‘please’").replace("must say", "should say")
    (passage,) = changes(after, before)["kind"].passages
    marked = [segment.text for segment in passage.segments if segment.kind != "equal"]
    assert marked == ["must", "should"]


def test_a_replaced_passage_is_told_in_whole_sentences() -> None:
    old = "The assistant must say please when it asks for something."
    new = "A polite tone, when people ask it for help, is something the model keeps at all times."
    (passage,) = changes(TEXT.replace(old, new))["kind"].passages
    marked = [(segment.kind, segment.text.strip()) for segment in passage.segments]
    assert marked == [
        ("equal", "Be kind to everyone who asks."), ("delete", old), ("insert", new),
    ] or marked == [
        ("equal", "Be kind to everyone who asks."), ("delete", old[:-1]), ("insert", new[:-1]), ("equal", "."),
    ]  # fmt: skip


def test_a_paragraph_that_went_to_another_section_is_told_as_moved() -> None:
    moved = "Long words tire the reader of any text that is long."
    before = TEXT.replace("Long words tire the reader.", f"\n\n{moved}")
    after = before.replace(f"\n\n{moved}", "").replace("for something.\n", f"for something.\n\n{moved}\n")
    found = changes(after, before)
    assert [(each.kind, each.other) for each in found["clear"].passages] == [("moved_away", "Be kind")]
    assert [(each.kind, each.other) for each in found["kind"].passages] == [("moved_here", "Be clear")]


def test_changes_before_the_first_heading_are_told() -> None:
    told = comparison("New words.\n\n" + TEXT, "Old words.\n\n" + TEXT)
    assert told.preamble
    assert "Before the first section" in comparison_plain(told)


HOSTILE = "\x1b]52;c;aGk=\x07 \u202eback\u202c <script>x()</script> [bold]b[/bold] </style>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        assert not [name for name in told if name.startswith("on")]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "a":
            assert (told["href"] or "").startswith("#")
            self.targets.append((told["href"] or "")[1:])


def test_html_has_contents_that_lead_to_each_section_and_everything_is_escaped() -> None:
    before = Spec.parse(f"# Title {HOSTILE} {{#one authority=user}}\n\nOld {HOSTILE}.\n\n# Two\n\nx\n")
    after = Spec.parse(
        f"# Other {HOSTILE} {{#one authority=root}}\n\nNew {HOSTILE}.\n\n# Three {HOSTILE}\n\ny\n"
    )
    page = comparison_html(compare(before, after))
    reader = Tags()
    reader.feed(page)
    assert "script" not in reader.tags
    assert reader.targets
    assert set(reader.targets) <= set(reader.ids)
    assert len(set(reader.ids)) == len(reader.ids)
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_terminal_gets_no_code_and_no_markup_of_the_texts() -> None:
    told = compare(Spec.parse(f"# A\n\nold {HOSTILE}\n"), Spec.parse(f"# A\n\nnew {HOSTILE} {HOSTILE}\n"))
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system=None, width=400).print(comparison_terminal(told))
    for shown in (out.getvalue(), comparison_plain(told)):
        assert "\x1b]" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
        assert "[bold]b[/bold]" in shown


def test_a_redline_shows_itself_in_a_notebook_and_as_text() -> None:
    shown = Redline.of(Spec.parse(TEXT), Spec.parse(TEXT.replace("must say", f"may say {HOSTILE}")))
    page = shown._repr_html_()
    reader = Tags()
    reader.feed(page)
    assert "script" not in reader.tags
    assert page.startswith("<style>")
    assert "[-must-]{+may+} say" in str(shown)
    assert "\x1b" not in str(shown) + page
    assert [change.title for change in shown.comparison.summary["substantive"]] == ["Be kind"]
    assert shown.hunks
    assert Redline.model_validate_json(shown.model_dump_json()) == shown


@pytest.mark.skipif(not SHARED.is_dir(), reason="the Model Spec releases are not on this machine")
def test_the_releases_differ_in_five_sections_and_none_moved() -> None:
    before, after = read_spec(SHARED / "2025-02-12.md"), read_spec(SHARED / "2025-04-11.md")
    told = {head: len(those) for head, those in compare(before, after).summary.items() if those}
    assert told == {"substantive": 5}
