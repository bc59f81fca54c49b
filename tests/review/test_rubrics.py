"""Both evaluators in print and on pages: figures side by side, where they part, and no word of data obeyed."""

import io

from rich.console import Console

from concord.graph.records import Figure
from concord.graph.rubric_records import BothEvaluators, CriterionTold, Parting, RubricRecord, SectionBoth
from concord.review.rubrics import show_rubric_record, show_rubrics
from concord.review.web.rendering import environment

HOSTILE = "<script>x</script> [bold]b[/bold] \x1b[31mred \u202eback"


def figure(estimate: float) -> Figure:
    return Figure(estimate=estimate, low=estimate - 0.1, high=estimate + 0.1)


def both(rubrics: float = 0.7, rankings: float = 0.6) -> BothEvaluators:
    return BothEvaluators(
        text="d", conversations=12, participants=8, items=30, ungraded=1, rubrics=figure(rubrics), pooled=figure(0.72),
        rankings=figure(rankings), no_spec=figure(0.5), explained=figure(0.66),
        sections=(SectionBoth(section="money", title=HOSTILE, conversations=4, rankings=figure(0.5), rubrics=figure(0.8)),),
        partings=(
            Parting(
                conversation="c1", asked=HOSTILE, rankings=0.2, rubrics=0.9, raters=5, scorers=6, ranker="A>B",
                by_rankings="B>A", by_rubrics="A>B",
                criteria=(CriterionTold(text=HOSTILE, people=6, mean=7.5, met=0.5),),
            ),
            Parting(
                conversation="c2", asked="No difference.", rankings=0.4, rubrics=0.4, raters=5, scorers=6, ranker="A>B",
                by_rankings="B>A", by_rubrics="A>B",
            ),
        ),
    )  # fmt: skip


def printed(found: BothEvaluators | RubricRecord) -> str:
    out = io.StringIO()
    console = Console(file=out, width=160, markup=False, highlight=False)
    if isinstance(found, RubricRecord):
        show_rubric_record(console, found)
    else:
        show_rubrics(console, found)
    return out.getvalue()


def test_a_text_is_told_by_both_evaluators_per_section_and_where_they_part() -> None:
    told = printed(both())
    assert "by rankings" in told
    assert "60.0" in told
    assert "70.0" in told
    assert "+30.0" in told, "the section's difference"
    assert "+70.0" in told, "the conversation's"
    assert "7.5 points by 6, met to 50 %" in told
    assert "the grading of 1 failed" in told
    assert "No difference." not in told


def test_a_run_is_told_before_and_after_with_the_gain_by_each() -> None:
    record = RubricRecord(
        round=2,
        original=both(0.6, 0.5),
        current=both(0.8, 0.55),
        gain=figure(0.2),
        rankings_gain=figure(0.05),
    )
    told = printed(record)
    assert "+20.0" in told
    assert "+5.0" in told
    assert "flatters, by either evaluator" in told


def test_texts_from_data_obey_nothing_in_print_and_on_pages() -> None:
    told = printed(both())
    assert not {"\x1b", "\u202e"} & set(told)
    assert "[bold]b[/bold]" in told
    page = environment().from_string(
        '{% import "_parts.html" as parts with context %}{{ parts.rubrics(found, "/runs/r") }}'
    )
    shown = page.render(found=RubricRecord(round=1, original=both(), current=None), words={}, run="r")
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "\u202e" not in shown
    assert "70.0" in shown
