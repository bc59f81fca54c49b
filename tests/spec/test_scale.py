"""Work grows in step with the document: twice the sections, about twice the steps."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from concord.spec import (
    Edit,
    Spec,
    apply,
    changed_sections,
    compare,
    comparison_html,
    comparison_plain,
    derive_edits,
    flags_between,
    outline,
    pair_sections,
    problems,
    read_unified_diff,
    redline,
    reverse,
    unified_patch,
)
from concord.spec.markdown import blocks_of

SMALL, LARGE = 50, 200
MOST_GROWTH = 1.6
"""Of the steps a section when there are four times as many: 4 where it is quadratic, 1 where it is linear."""


def flat(count: int, word: str = "should") -> str:
    return "".join(
        f"# Section {n} {{#s{n} authority=user}}\n\nIt {word} do thing {n}.\n\n" for n in range(count)
    )


def deep(count: int, word: str = "should") -> str:
    return "".join(f"{'#' * (1 + n % 6)} Part {n}\n\nIt {word} do thing {n}.\n\n" for n in range(count))


def one_above(count: int, word: str = "should") -> str:
    return "# Top\n\n" + "".join(f"## Part {n}\n\nIt {word} do {n}.\n\n" for n in range(count))


def same_titles(count: int, word: str = "should") -> str:
    return "".join(f"# Notes\n\nIt {word} do thing {n}.\n\n" for n in range(count))


Make = Callable[..., str]


def first_and_last(spec: Spec) -> list[Edit]:
    return [Edit(op="insert", section=id_, text="One more.") for id_ in (spec.ids[0], spec.ids[-1])]


def every(spec: Spec) -> list[Edit]:
    return [Edit(op="replace", section=id_, anchor="should", text="must") for id_ in spec.ids[1:]]


WORK: dict[str, Callable[[Spec, Spec], object]] = {
    "parse": lambda spec, _: Spec.parse(spec.text + "\n"),
    "ids": lambda spec, _: Spec.parse(spec.text + "\n\n").ids,
    "ancestors": lambda spec, _: [spec.ancestors(id_) for id_ in spec.ids],
    "descendants": lambda spec, _: [spec.descendants(id_) for id_ in spec.ids],
    "outline": lambda spec, _: outline(spec),
    "problems": lambda spec, _: problems(spec),
    "apply": lambda spec, _: apply(spec, first_and_last(spec)),
    "apply to every section": lambda spec, _: apply(spec, every(spec)),
    "reverse": lambda spec, _: reverse(spec, first_and_last(spec)),
    "changed sections": changed_sections,
    "pairs": pair_sections,
    "compare": compare,
    "compare as text": lambda spec, other: comparison_plain(compare(spec, other)),
    "compare as HTML": lambda spec, other: comparison_html(compare(spec, other)),
    "redline": lambda spec, other: redline(spec.text, other.text),
    "patch": lambda spec, other: unified_patch(spec.text, other.text),
    "read a diff": lambda spec, other: read_unified_diff(spec, unified_patch(spec.text, other.text)),
    "derive": derive_edits,
    "flags": flags_between,
}


def steps(work: Callable[[], object]) -> int:
    """Lines of Python that `work` runs: unlike seconds they are the same on every machine."""
    count = 0

    def trace(_frame: Any, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("make", [flat, deep, one_above, same_titles])
@pytest.mark.parametrize("name", WORK)
def test_steps_grow_with_the_document_and_no_faster(name: str, make: Make) -> None:
    if make is same_titles and name in ("redline", "patch", "read a diff"):
        pytest.skip(
            "lines that stand nowhere once are matched exactly up to a bound: see the redline's tests"
        )
    taken = []
    for count in (SMALL, LARGE):
        blocks_of.cache_clear()
        spec, other = Spec.parse(make(count)), Spec.parse(make(count, "must"))
        taken.append(steps(lambda spec=spec, other=other: WORK[name](spec, other)) / count)  # type: ignore[misc]
    assert taken[1] < MOST_GROWTH * taken[0] + 1
