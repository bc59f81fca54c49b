"""Long texts: cut at a sentence's end, marked, and around what counts."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concord.agents.excerpts import changed_sentences, changed_spans, covers, excerpt, opening
from concord.prompts.cut import INSIDE, MARK, cut, sentence_spans
from concord.spec import Spec

WORDS = st.lists(
    st.sampled_from(["One two.", "Is it?", "Yes, e.g. so!", "第一。", "A\n\nB", "- item"]), max_size=40
)


@given(st.text(), st.integers(1, 200))
def test_a_short_text_stays_and_a_long_one_is_marked(text: str, most: int) -> None:
    found = cut(text, most)
    if len(text) <= most:
        assert found == text
    else:
        assert found.endswith((MARK, INSIDE))
        assert len(found) <= 2 * most + len(INSIDE) + 1


@given(WORDS, st.integers(1, 60))
def test_what_is_left_ends_with_a_sentence(pieces: list[str], most: int) -> None:
    text = " ".join(pieces)
    found = cut(text, most)
    if found.endswith(MARK):
        kept = found.removesuffix(MARK).rstrip()
        assert text.startswith(kept)
        assert len(kept) in {end for _, end in sentence_spans(text)}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It is so, e.g. here. Dr. Who came.", ["It is so, e.g. here.", "Dr. Who came."]),
        ("It costs 3.50 today. Good.", ["It costs 3.50 today.", "Good."]),
        ('He said "no." Then he left!', ['He said "no."', "Then he left!"]),
        ("これは良い。次も良い。", ["これは良い。", "次も良い。"]),
        ("यह अच्छा है। वह भी।", ["यह अच्छा है।", "वह भी।"]),
        ("Title\n\nText goes\non here\n\n- one\n- two", ["Title", "Text goes\non here", "- one", "- two"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text())
def test_sentences_tile_a_text_with_the_blanks_between_them(text: str) -> None:
    spans = sentence_spans(text)
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


def test_what_was_put_in_is_found_and_what_was_taken_out_shows_its_seam() -> None:
    old = "One. Two. Three. Four."
    assert changed_sentences(old, "One. Two. New. Three. Four.") == ["New."]
    new = "One. Four."
    assert [new[start:end] for start, end in changed_spans(old, new)] == ["One.", "Four."]
    assert changed_sentences(old, new) == []
    assert changed_spans(old, old) == []


@given(st.integers(0, 399), st.integers(60, 600))
def test_an_excerpt_holds_what_changed_and_marks_each_gap(at: int, most: int) -> None:
    sentences = [f"Sentence number {n}." for n in range(400)]
    text = " ".join(sentences)
    start = text.index(sentences[at])
    found = excerpt(text, most, [(start, start + len(sentences[at]))])
    assert sentences[at] in found
    assert len(found) <= most + 120
    runs = found.replace(f"\n{MARK}\n", MARK).split(MARK)
    assert all(run.strip() in text for run in runs)
    assert MARK in found


def test_an_entry_of_the_outline_is_the_title_and_how_paragraphs_begin() -> None:
    spec = Spec.parse("# A {#a}\n\nFirst. More.\n\nSecond: so. More.\n\n## B {#b}\n\n")
    assert covers(spec, "a", 400) == "A\nFirst.\nSecond: so."
    assert covers(spec, "b", 400) == "B"
    assert opening(spec, "a", 100) == "First."
    assert opening(spec, "b", 100) == ""
    assert covers(Spec.parse("# A\n\n" + "One more.\n\n" * 90), "a", 60).endswith(MARK)
