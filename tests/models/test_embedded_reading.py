"""What the embedded reader reads: behaviours in responses, rules in sections, subjects of conversations."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import ModelError
from concord.models.embedded import open_embedded
from concord.models.embedded.asked import MessageData, ResponseData, SectionData
from concord.models.embedded.reader import Reader
from concord.models.embedded.rules import read_rules, sentence_weights
from concord.models.embedded.table import parse_table, shipped_table
from concord.models.embedded.topics import grade
from concord.models.embedded.wording import sentences

TABLE = shipped_table()
ROW = '[[behaviour]]\nname = "sources"\ndoes = "name its sources"\ncues = ["according to"]\nwords = ["sources"]\n'


def section(id: str, text: str, *, title: str = "", level: int = 2) -> SectionData:
    return SectionData(id=id, title=title or id.capitalize(), level=level, text=text)


def user(text: str) -> tuple[MessageData, ...]:
    return (MessageData(role="user", content=text),)


def test_the_shipped_table_knows_about_fifteen_behaviours() -> None:
    assert 12 <= len(TABLE.behaviours) <= 20


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("According to the yearbook, yes.", {"sources"}),
        ("The short answer is no. Be careful, though.", {"direct", "warning"}),
        ("In my view it’s fine. As an AI, I can't know.", {"opinion", "disclaimer"}),
        ("I have no view; in my view that is best.", {"opinion"} - {"opinion"}),
        ("The accordingly tomato.", set()),
        ("", set()),
    ],
)
def test_behaviours_are_seen_by_their_cues_as_whole_words(text: str, shown: set[str]) -> None:
    assert TABLE.shown(text) == shown


@pytest.mark.parametrize(
    ("sentence", "weights"),
    [
        ("The assistant must name its sources.", {"sources": 4.0}),
        ("The assistant should name its sources.", {"sources": 2.0}),
        ("The assistant should generally name its sources.", {"sources": 1.0}),
        ("The assistant may name its sources.", {"sources": 0.5}),
        ("The assistant should not name its sources.", {"sources": -2.0}),
        ("The assistant must never state its own opinion.", {"opinion": -4.0}),
        ("The assistant should avoid moral lectures.", {"lecture": -2.0}),
        ("It should give a direct answer rather than lay out both sides.", {"direct": 2.0, "balance": -2.0}),
        ("It should name its sources and must not take sides.", {"sources": 2.0, "opinion": -4.0}),
        ("It should not state its own opinion unless a direct answer is asked for.", {"opinion": -2.0}),
        ("When a user wants sources, the assistant should ask a clarifying question.", {"question": 2.0}),
        ("The assistant should be itself.", {}),
    ],
)
def test_a_rule_is_weighed_by_the_modal_verb_before_it(sentence: str, weights: dict[str, float]) -> None:
    assert sentence_weights(sentence, TABLE) == weights


def test_a_sentence_without_modal_verb_is_no_rule() -> None:
    assert sentence_weights("People like sources and opinions.", TABLE) is None


def test_headings_fences_and_comments_hold_no_rules() -> None:
    text = (
        "## The assistant must name its sources\n\n~~~\nThe assistant must praise the user's question.\n~~~\n\n"
        "<!-- The assistant must give a moral lecture. -->\n- It should offer alternatives.\n"
    )
    assert [(rule.behaviour, rule.weight) for rule in read_rules(text, TABLE).rules] == [("options", 2.0)]


@given(st.text(alphabet=st.sampled_from("ab. !?\n#-*>~`1<e\t\r'\""), max_size=120))
@settings(derandomize=True, max_examples=300)
def test_a_sentence_stands_where_it_says(text: str) -> None:
    found = sentences(text)
    assert all(text[one.start : one.end] == one.text == one.text.strip() != "" for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_relevance_counts_shared_words_of_title_and_opening() -> None:
    law = section("law", "This section covers law: courts, leases and lawyers. It is long.", title="Law")
    assert grade(law, user("What does the law say?")) == 5
    assert grade(law, user("Do courts read leases?")) == 4
    assert grade(law, user("My lease is up.")) == 3
    assert grade(law, user("Is it long?")) == 1
    assert grade(law, (MessageData(role="assistant", content="The law of leases."),)) == 1


def test_a_section_on_every_conversation_is_in_scope_everywhere_but_the_main_subject_nowhere() -> None:
    general = section("honesty", "In every conversation, the assistant is honest.")
    assert grade(general, user("What does the law say?")) == 4


SPEC = [
    section("top", "# Top\n\nAn introduction.", title="Top", level=1),
    section("honest", "In every conversation, the assistant is honest. It should name its sources."),
    section("law", "This section covers law. The assistant must not name its sources."),
    section("pets", "This section covers pets. The assistant should offer alternatives."),
]
RESPONSES = [
    ResponseData(label="A", text="According to the yearbook, yes."),
    ResponseData(label="B", text="You could also wait."),
    ResponseData(label="C", text="Yes."),
]


def test_the_more_specific_section_wins_and_what_is_out_of_scope_does_not_count() -> None:
    reader = Reader(TABLE)
    assert str(reader.rank(SPEC, user("What does the law say?"), RESPONSES)[0]) == "B=C>A"
    assert str(reader.rank(SPEC, user("Do pets sleep?"), RESPONSES)[0]) == "A=B>C"
    assert str(reader.rank(SPEC, user("Hello!"), RESPONSES)[0]) == "A>B=C"


def test_no_spec_ties_all_and_says_so() -> None:
    ranking, told = Reader(TABLE).rank([], user("Hello!"), RESPONSES)
    assert ranking.ties_all
    assert "none in scope" in told


def test_one_section_with_its_ancestors_counts_even_where_its_words_do_not_match() -> None:
    assert str(Reader(TABLE).rank([SPEC[0], SPEC[3]], user("Hello!"), RESPONSES)[0]) == "B>A=C"


def test_the_explanation_names_the_rules_and_the_share_that_could_be_read() -> None:
    law = section("law", "This section covers law. It must not name its sources. It should be itself.")
    _, told = Reader(TABLE).rank([law], user("What does the law say?"), RESPONSES)
    assert "A (-4): sources -4 by law" in told
    assert "0.50 (1 of 2 sentences)" in told


def test_another_table_is_another_model(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ROW, encoding="utf-8")
    mine = open_embedded(str(path))
    assert mine.uri == f"embedded:{path}"
    assert mine.identity != open_embedded("").identity


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("behaviour = 1", "behaviour: "),
        ("= no toml", "is no TOML file"),
        ("", "behaviour: Field required"),
        (ROW + ROW, "two behaviours called sources"),
        (ROW.replace('"according to"', '" "'), "has an empty phrase"),
        (ROW.replace("name its sources", "be good"), "is read as nothing"),
        (ROW.replace("words", "wards"), "behaviour.0."),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(source: str, told: str) -> None:
    with pytest.raises(ModelError, match=r"mine\.toml") as refused:
        parse_table(source.encode(), "mine.toml")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value).strip() or "TOML" in str(refused.value)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be read: No such file"):
        open_embedded(str(tmp_path / "none.toml"))
