"""Hostile documents: read or refused in a sentence, never slow, never a traceback, never raw on a terminal."""

import io
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import InputError, SpecError
from concord.spec import (
    Edit,
    Spec,
    apply,
    compare,
    comparison_html,
    comparison_plain,
    derive_edits,
    flags_between,
    outline,
    problems,
    read_unified_diff,
    unified_patch,
    visible,
    write_text,
)
from concord.spec.folding import folded, paragraphs

N = 6_000
HOSTILE: dict[str, Callable[[int], str]] = {
    "quotes in quotes": lambda n: "# A\n" + "> " * n + "x\n",
    "lists in lists": lambda n: "# A\n" + "".join("  " * min(i, 100) + "- x\n" for i in range(n // 20)),
    "brackets": lambda n: "# A\n" + "[*" * n + "\n",
    "stars": lambda n: "# A\n\n" + "*" * n + " x " + "_" * n + "\n",
    "blanks": lambda n: "# A\n\nx" + " " * n + "y\n",
    "tabs": lambda n: "# A\n\n" + "\t" * n + "x\n",
    "dashes": lambda n: "# A\n\nx " + "- " * n + "—" * n + "\n",
    "quote marks": lambda n: "# A\n\nx." + "\"' " * n + "\n",
    "backslashes": lambda n: "# A\n\n" + "\\" * n + "\n",
    "one line": lambda n: "# A\n\n" + "It must do. " * n + "\n",
    "braces in a heading": lambda n: "# " + "a {#b " * n + "}\n",
    "attributes": lambda n: "# A {#x .y " + "a=b " * n + "}\n",
    "an id of blanks": lambda n: "# A {" + "#a " * n + "authority=user}\n",
    "front matter": lambda n: "---\n" + "a: b\n" * n + "# x\n",
    "parts": lambda n: "# A\n\n" + "---\na: b\n" * (n // 10) + "\n",
    "unclosed fences": lambda n: "# A\n" + "```xml\n<assistant>\nx\n" * (n // 10),
    "comments": lambda n: "# A\n" + "<!--\n" * n,
    "CR only": lambda n: "# A\r" + "x\r" * n,
    "U+2028": lambda n: "# A\u2028# B\n" + "x\u2028" * n,
    "NUL": lambda n: "# A\x00\n" + "\x00" * n + "\n",
    "headings": lambda n: "# A\n" * (n // 20),
    "setext": lambda n: "a\n" * n + "===\n",
}


def everything(text: str, other: str) -> None:
    spec, revised = Spec.parse(text), Spec.parse(other)
    outline(spec)
    problems(spec)
    told = compare(spec, revised)
    assert "\x00" not in comparison_plain(told) + comparison_html(told)
    flags_between(spec, revised)
    for id_ in spec.ids[:2]:
        spec.ancestors(id_)
        try:
            apply(spec, [Edit(op="insert", section=id_, text="It must end.")])
        except InputError:
            continue
    if text != other:
        assert read_unified_diff(spec, unified_patch(text, other)) == revised
    try:
        derive_edits(spec, revised)
    except InputError:
        return


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_take_time_in_step_with_their_length(name: str) -> None:
    """Four times the text may take four times as long, and as much again for chance."""
    took = []
    for size in (N // 4, N):
        text = HOSTILE[name](size)
        started = time.process_time()
        everything(text, text + "\nOne must end.\n")
        took.append(time.process_time() - started)
    assert took[1] < 8 * took[0] + 0.5


@pytest.mark.parametrize("text", ["# A \ud800", "# A\n\nhalf \udc00 a pair\n"])
def test_a_lone_surrogate_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(SpecError, match="lone surrogate stands at character"):
        Spec.parse(text)


MARKS = st.text(
    st.one_of(
        st.sampled_from(list("#{}=-`~<>!*_[]()\\\"'.: \t\n\r\x00\x0c\x1b\u2028\u202e\u200b\ufeff—“’")),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=80,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(MARKS, MARKS)
def test_any_text_is_read_compared_and_written_back(body: str, other: str) -> None:
    text, revised = f"# A {body}\n\n{other}", f"# A {body}\n\n{body}\n{other}"
    try:
        spec = Spec.parse(text)
        Spec.parse(revised)
    except SpecError:
        return
    assert spec.preamble + "".join(spec.source_of(id_) for id_ in spec.ids) == text
    everything(text, revised)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(MARKS)
def test_folding_twice_is_folding_once_and_no_word_is_lost(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert "".join("".join(paragraphs(text)).split()) == "".join(text.split())


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_what_is_visible_holds_no_code_and_no_unseen_mark(text: str) -> None:
    shown = visible(text)
    assert not set(shown) & set("\x00\x07\x1b\x9b\x9d\u202a\u202e\u2066\u2069\u2028\ufeff")
    assert visible(shown) == shown
    shown.encode("utf-8")


CODES = "a \x1b]52;c;aGk=\x07 \u202eb\u202c \ud83d\U000e0041"


def test_a_terminal_gets_text_made_visible() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    write_text(CODES, terminal)
    assert terminal.getvalue() == visible(CODES)
    assert "\x1b" not in terminal.getvalue()


def test_a_file_gets_every_byte_whatever_its_encoding() -> None:
    raw = io.BytesIO()
    text = "é \x1b]52;c;aGk=\x07 \u202eb\r\nc\rd\n"
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\r\n")
    write_text(text, stream)
    assert raw.getvalue() == text.encode("utf-8")
