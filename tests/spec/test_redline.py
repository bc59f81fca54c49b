"""A redline says what was taken out and put in, is quick on anything, and lets nothing through raw."""

import io
import random
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from concord.spec import Hunk, redline, to_html, to_plain, to_terminal, visible
from concord.spec.matching import match

WORDS = st.lists(
    st.sampled_from(["a", "b", "rule", "must", " ", "\n", "\n\n", "\r\n", ".", "é", "\u2028"]), max_size=40
)
TEXTS = WORDS.map("".join)


def side(hunks: tuple[Hunk, ...], without: str) -> str:
    return "".join(segment.text for hunk in hunks for segment in hunk.segments if segment.kind != without)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(TEXTS, TEXTS)
def test_a_redline_holds_both_texts(before: str, after: str) -> None:
    hunks = redline(before, after, context=None)
    if before == after:
        assert hunks == ()
        return
    assert len(hunks) == 1
    assert side(hunks, "insert") == before
    assert side(hunks, "delete") == after
    segments = hunks[0].segments
    assert all(one.kind != other.kind for one, other in pairwise(segments))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(TEXTS, TEXTS, st.integers(0, 3))
def test_hunks_are_whole_lines_at_the_numbers_they_name(before: str, after: str, context: int) -> None:
    for hunk in redline(before, after, context=context):
        for text, without, first in (
            (before, "insert", hunk.before_line),
            (after, "delete", hunk.after_line),
        ):
            lines = text.split("\n")
            shown = side((hunk,), without)
            assert "\n".join(lines[first - 1 :]).startswith(shown)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_matched_items_are_equal_and_blocks_tile_both_sequences(a: list[str], b: list[str]) -> None:
    place_a = place_b = 0
    kinds = []
    for block in match(a, b):
        assert (block.a, block.b) == (place_a, place_b)
        if block.kind == "equal":
            assert a[block.a : block.a_end] == b[block.b : block.b_end]
        assert (block.a_end, block.b_end) != (block.a, block.b)
        place_a, place_b = block.a_end, block.b_end
        kinds.append(block.kind)
    assert (place_a, place_b) == (len(a), len(b))
    assert all(one != other for one, other in pairwise(kinds))


def test_what_stands_nowhere_once_is_matched_as_far_as_can_be() -> None:
    # The example of Myers (1986): the longest common subsequence has four items.
    blocks = match(list("ABCABBA"), list("CBABAC"))
    assert sum(block.a_end - block.a for block in blocks if block.kind == "equal") == 4


def test_only_the_words_that_changed_are_marked() -> None:
    before = "Keep.\nThe assistant must always refuse.\nKeep.\n"
    after = "Keep.\nThe assistant should never refuse.\nKeep.\nNew line.\n"
    (hunk,) = redline(before, after)
    assert to_plain((hunk,)) == (
        "@ line 1 -> 1\nKeep.\nThe assistant [-must always-]{+should never+} refuse.\nKeep.\n{+New line.\n+}\n"
    )


def test_far_changes_stand_in_hunks_of_their_own() -> None:
    before = "".join(f"line {n}\n" for n in range(40))
    after = before.replace("line 3\n", "row 3\n").replace("line 30\n", "")
    assert [hunk.before_line for hunk in redline(before, after, context=1)] == [3, 30]
    assert [hunk.before_line for hunk in redline(before, after, context=0)] == [4, 31]
    assert len(redline(before, after, context=20)) == 1


def test_a_change_of_line_ends_can_be_seen() -> None:
    assert "{+␍↵\n+}" in to_plain(redline("a\n", "a\r\n"))


HOSTILE = "\x1b[31mred\x1b[0m \x07 \x9b2J \u202eesrever\u202c [bold]markup[/bold] [/nothing] <script>alert(1)</script> &amp;"


def test_escape_codes_and_markup_never_reach_the_terminal() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, width=400)
    console.print(to_terminal(redline("# A\nold\n", f"# A\n{HOSTILE}\n")))
    shown = out.getvalue()
    for mark in ("\x1b[31m", "\x07", "\x9b", "\u202e"):
        assert mark not in shown
    assert "␛[31mred" in shown
    assert "[bold]markup[/bold] [/nothing]" in shown
    assert "⟨U+202E⟩" in shown


def test_a_page_gets_escaped_text_with_ins_and_del_that_say_what_they_are() -> None:
    page = to_html(redline("# A\nold & <b>\n", f"# A\n{HOSTILE}\n"))
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, _attrs: object) -> None:
            tags.append(tag)

    Reader().feed(page)
    assert set(tags) == {"div", "span", "ins", "del"}
    assert "\x1b" not in page
    assert '<del class="deleted"><span class="spoken">deleted: </span>' in page
    assert 'role="group" aria-label="Changes at line 1, now line 1"' in page


def test_visible_keeps_ordinary_text_of_any_script() -> None:
    text = "Tab\tand\nlines, Ünïcode, 日本語, हिन्दी, عربى, 👩‍👩‍👧 emoji ‘quotes’ — dash"
    assert visible(text) == text
    assert visible("a\r\nb\rc\x00\x7f\ufeff") == "a\nb␍c␀␡⟨U+FEFF⟩"


def hard_pairs() -> list[tuple[str, str, str]]:
    draw = random.Random(7)
    vocabulary = [f"word{n}" for n in range(500)]
    one, other = (" ".join(draw.choices(vocabulary, k=45_000)) for _ in range(2))
    numbers = [str(n) for n in range(50_000)]
    paragraph = "The assistant must never do this, nor that. " * 20 + "\n\n"
    return [
        ("giant lines", one, other),
        ("every line changed", one.replace(" word1", "\nword1"), other.replace(" word1", "\nword1")),
        ("one repeated mark", "!?" * 150_000, "?;" * 150_000),
        ("two short lines repeated", "\n".join(draw.choices("ab", k=150_000)), "\n".join(draw.choices("ab", k=150_000))),
        ("shuffled", " ".join(numbers), " ".join(draw.sample(numbers, len(numbers)))),
        ("repeated paragraphs", paragraph * 340, (paragraph * 340).replace("never", "always")),
        ("line ends", "a b\n" * 75_000, "a b\r\n" * 75_000),
    ]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [pytest.param(b, a, id=name) for name, b, a in hard_pairs()])
def test_300_kb_take_less_than_two_seconds_whatever_changed(before: str, after: str) -> None:
    started = time.process_time()
    hunks = redline(before, after, context=None)
    to_terminal(hunks), to_html(hunks), to_plain(hunks)
    assert time.process_time() - started < 2
    assert side(hunks, "insert") == before
    assert side(hunks, "delete") == after
