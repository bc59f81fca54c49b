"""Personal data in texts: the usual forms are found, and words that only look like it are not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concord.panel.scanning import masked, scan

pytest.importorskip("phonenumbers", reason="the extra `release` is not installed")
pytest.importorskip("faker", reason="the extra `release` is not installed")

FOUND = [
    ("write to a.b+c@mail.example.org please", "email", "a.b+c@mail.example.org"),
    ("call +44 20 7946 0958 now", "phone", "+44 20 7946 0958"),
    ("or (415) 555-2671", "phone", "(415) 555-2671"),
    ("My name is Xanthippe and I like B", "name", "Xanthippe"),
    ("as John Smith told me", "name", "John Smith"),
    ("me llamo Lucía Fuentes", "name", "Lucía Fuentes"),
]


@pytest.mark.parametrize(("text", "kind", "words"), FOUND, ids=[each[2] for each in FOUND])
def test_the_usual_forms_are_found(text: str, kind: str, words: str) -> None:
    (span,) = scan(text)
    assert (span.kind, text[span.start : span.end]) == (kind, words)
    assert masked(text, [span]) == text.replace(words, f"[{kind}]")


@pytest.mark.parametrize(
    "text",
    [
        "Response A is better than Response B", "It costs 1,000 to 2,000 dollars in 2025", "B > C = D, 10/10", "the Model Spec",
        "see section 3.1.4.1.5.9.2", "e-mail @ noon", "Supreme Court of South Africa",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left(text: str) -> None:
    assert scan(text) == ()


def test_a_number_without_its_country_is_read_as_the_regions_write_it() -> None:
    assert scan("ring 020 7946 0958", regions=("US",)) == ()
    assert [span.kind for span in scan("ring 020 7946 0958", regions=("GB",))] == ["phone"]


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_finds_do_not_overlap(text: str) -> None:
    spans = scan(text)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(text[span.start : span.end] for span in spans)
