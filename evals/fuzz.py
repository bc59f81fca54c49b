"""Fuzzing: hostile input without end for what reads other people's text.

Five targets: the spec parser, the edit engine, the ranking grammar, the importers of participant data and the parser of
models' answers. What they may do is what their docstrings say; every other exception, a broken promise (bytes that
don't come back, an edit that can't be reversed) or an input that takes seconds is a find.
"""

import asyncio
import json
import tempfile
import time
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from pydantic import Field

from ..agents.answers import ProposerAnswer, RankingAnswer, RelevanceAnswer, ValidatorAnswer
from ..errors import DataError, EditError, InputError, SpecError
from ..models.parsing import Unreadable, read_answer
from ..panel.importers.load import load
from ..panel.ranking import Ranking
from ..records import Record
from ..spec import Edit, Spec, apply, reverse

Progress = Callable[[str], None]
Target = Literal["spec", "edits", "rankings", "importers", "answers"]
TARGETS: tuple[Target, ...] = ("spec", "edits", "rankings", "importers", "answers")
_ROUND = 200
"""Inputs between two looks at the clock."""


class Config(Record):
    targets: tuple[Target, ...] = TARGETS
    seconds: float = Field(60.0, gt=0)
    """For each target."""
    slow: float = Field(5.0, gt=0)
    """Seconds from which one input counts as a find."""


class Broken(AssertionError):
    """A promise that was not kept."""


_ANY = st.text(st.characters(), max_size=60) | st.text(
    st.characters(categories=["Cs", "Cc", "Cf", "Lu"]), max_size=8
)
"""Text with everything: controls, bidirectional marks, lone surrogates."""
_MARKDOWN = st.sampled_from(
    [
        "# ", "## ", "### ", "#", "\n", "\r\n", "\r", "\n\n", "```\n", "~~~", "---\n", "===\n", "{#id}", "{#a authority=user}",
        "{", "}", "|", "[x](y)", "<!--", "-->", "<div>", "\u2028", "\x0c", "\t", "    ", "> ", "* ", "1. ", "\\", "`",
        "**Example**: ", "User", "must", "should not", "\u202e", "\x1b[31m", "\ufeff", "\x00", "&amp;",
    ]
)  # fmt: skip
_PIECES = st.lists(_MARKDOWN | _ANY, max_size=30).map("".join)
_KEYS = st.sampled_from(
    [
        "prompt", "prompt_id", "responses", "messages", "role", "content", "ranking", "rationale", "rating", "assessor_id",
        "annotator_id", "conversation", "participant", "metadata", "assessments", "ranking_blocks", "world", "personal",
        "explanation", "verdicts", "grades", "proposals", "edits", "justification", "stance", "quote", "demographics",
        "response_index", "label", "text", "id", "criterion", "scores", "score", "rubric_item_id", "author", "coval_core",
    ]
)  # fmt: skip
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _ANY
    | st.sampled_from(["A", "B", "A>B", "B=A>C", "world", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS | _ANY, inner, max_size=5),
    max_leaves=12,
)


def _spec(data: Any) -> None:
    text = data.draw(_PIECES)
    try:
        spec = Spec.parse(text)
    except SpecError:
        return
    if spec.text != text:
        raise Broken("the text of a spec isn't what was parsed")
    if len(set(spec.ids)) != len(spec.ids):
        raise Broken("two sections have one id")


def _edits(data: Any) -> None:
    text = data.draw(_PIECES)
    try:
        spec = Spec.parse(text)
    except SpecError:
        return
    edits = []
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        anchor = data.draw(st.just(text[start : start + data.draw(st.integers(0, 20))]) | _PIECES)
        section = data.draw(st.sampled_from([*spec.ids, "nowhere"]))
        op = data.draw(st.sampled_from(["replace", "insert", "delete", "new_section"]))
        edits.append(Edit(op=op, section=section, anchor=anchor, text=data.draw(_PIECES)))
    try:
        after = apply(spec, edits)
    except (EditError, SpecError):
        return
    try:
        back = reverse(spec, edits)
    except EditError:
        return  # as it says: not everything can be taken back by edits
    if apply(after, back).text != spec.text:
        raise Broken("an edit doesn't come back byte for byte")


def _rankings(data: Any) -> None:
    text = data.draw(st.text(st.sampled_from("ABCD>=<~ ,;\n()1a\u202e\ud800"), max_size=24) | _ANY)
    labels = data.draw(st.none() | st.lists(st.sampled_from("ABCD"), unique=True))
    try:
        ranking = Ranking.parse(text, labels)
    except InputError:
        return
    if Ranking.parse(str(ranking)) != ranking:
        raise Broken("a ranking isn't read as it is written")


def _importers(data: Any) -> None:
    lines = data.draw(st.lists(_lines(), max_size=6))
    with tempfile.TemporaryDirectory(prefix="concord-fuzz-") as folder:
        path = Path(folder) / data.draw(st.sampled_from(["data.jsonl", "comparisons.jsonl", "x.json"]))
        path.write_bytes(b"\n".join(lines))
        if data.draw(st.booleans()):
            # Rubrics are read from a folder, beside comparisons of which one at least can be used.
            joined = st.builds(
                lambda full: json.dumps(_RUBRIC | {"coval_full": full}).encode(), st.lists(_JSON, max_size=3)
            )
            rubrics = data.draw(st.lists(joined | _lines(), max_size=4))
            (Path(folder) / "conversation_rubrics.jsonl").write_bytes(b"\n".join(rubrics))
            (Path(folder) / "comparisons.jsonl").write_bytes(b"\n".join([_COMPARISON, *lines]))
            path = Path(folder)
        try:
            panel = load(path)
        except DataError:
            return
        for assessment in panel.assessments:
            if assessment.conversation not in panel.conversations:
                raise Broken("an assessment is of no conversation")
        for item in panel.rubrics:
            if item.conversation not in panel.conversations or not set(item.scores) <= set(
                panel.participants
            ):
                raise Broken("a rubric item is of no conversation, or scored by nobody known")
            if any(not -10 <= points <= 10 for points in item.scores.values()):
                raise Broken("a score lies beyond the scale")


_COMPARISON = json.dumps(
    {
        "prompt_id": "p", "prompt": {"messages": [{"role": "user", "content": "a"}]},
        "responses": [{"response_index": label, "messages": [{"role": "assistant", "content": label}]} for label in "AB"],
        "metadata": {
            "assessments": [{"annotator_id": "who", "ranking_blocks": {"world": [{"ranking": "A>B", "rationale": ""}]}}]
        },
    }
).encode()  # fmt: skip


_RUBRIC: dict[str, Any] = {"conversation": {"id": "p", "messages": []}}


def _lines() -> st.SearchStrategy[bytes]:
    written = _JSON.map(lambda value: json.dumps(value).encode())
    record = st.dictionaries(_KEYS, _JSON, max_size=8).map(lambda value: json.dumps(value).encode())
    return record | written | st.binary(max_size=40)


def _answers(data: Any) -> None:
    schema = data.draw(st.sampled_from([RankingAnswer, RelevanceAnswer, ProposerAnswer, ValidatorAnswer]))
    value = json.dumps(data.draw(_JSON), ensure_ascii=data.draw(st.booleans()))
    piece = st.sampled_from(
        ["<think>", "</think>", "```json\n", "```", '{"', "{", "}", "[", '\\"', "\\ud83d", "'", ",", "None", "NaN", "1e999"]
    )  # fmt: skip
    around = st.lists(piece | _ANY, max_size=6).map("".join)
    text = data.draw(around) * data.draw(st.sampled_from([1, 1, 1, 50])) + value + data.draw(around)
    expect: dict[str, Any] = {"labels": ["A", "B"], "keys": ["1"], "sections": ["a"], "most": 2}
    try:
        found = read_answer(text, schema, expect)
    except Unreadable:
        return
    found.model_dump_json()


_RUN: dict[Target, Callable[[Any], None]] = {
    "spec": _spec, "edits": _edits, "rankings": _rankings, "importers": _importers, "answers": _answers,
}  # fmt: skip


def fuzzed(
    target: Target, seconds: float, *, seed: int = 0, slow: float = 5.0, at_once: int = _ROUND
) -> tuple[int, list[str], float]:
    """Inputs tried, the finds (each the shortest input that shows it, with its traceback), and the slowest input's
    seconds. A seed makes the same inputs again, as many as the time allows; `at_once` between two looks at the
    clock."""
    tried, slowest, finds, until = 0, 0.0, list[str](), time.monotonic() + seconds

    def once(data: Any) -> None:
        nonlocal tried, slowest
        tried += 1
        began = time.thread_time()
        _RUN[target](data)
        took = time.thread_time() - began
        slowest = max(slowest, took)
        if took > slow:
            raise Broken(f"one input took {took:.1f} s")

    for turn in count(seed * 1_000_003):
        test = seeded(turn)(
            settings(
                max_examples=at_once, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                phases=(Phase.generate, Phase.shrink), print_blob=False,
            )(given(st.data())(once))
        )  # fmt: skip
        try:
            test()
        except Exception:  # every other exception is a find
            finds.append(f"{target}, turn {turn}:\n{traceback.format_exc(limit=-4)}")
            break
        if time.monotonic() > until:
            break
    return tried, finds, slowest


async def run(
    config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None
) -> dict[str, float | None]:
    """For each target the inputs tried (`spec_inputs`), and over all of them `finds` and `slowest` (seconds)."""
    figures: dict[str, float | None] = {}
    finds, slowest = 0, 0.0
    for target in config.targets:
        figures[f"{target}_inputs"] = 0.0
        for number in range(seed, seed + seeds):
            tried, found, took = await asyncio.to_thread(
                fuzzed, target, config.seconds / seeds, seed=number, slow=config.slow
            )
            figures[f"{target}_inputs"] = (figures[f"{target}_inputs"] or 0.0) + tried
            slowest = max(slowest, took)
            finds += len(found)
            for each in found:
                (progress or (lambda _: None))(each)
    return figures | {"finds": float(finds), "slowest": slowest}
