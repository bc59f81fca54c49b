"""Labelled justifications: what people wrote about ranked responses, and whether it speaks for an intent."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import Field, ValidationError, model_validator

from ..agents.justifications import Justification
from ..agreement.stances import Stance
from ..errors import DataError, InputError
from ..panel.ranking import Ranking
from ..panel.records import Conversation, Message, Response
from ..records import Record
from ..spec import Edit, Proposal, Spec


class Said(Record):
    """One person's words, the ranking that they were written for, and the right verdict."""

    verdict: Stance
    ranking: str
    words: str = Field(min_length=1)
    hard: tuple[str, ...] = ()
    """What makes it hard: hard_silent, negation, irony, other_language, mixed_feelings, reference, injection, ..."""


class Case(Record):
    """One conversation and one change of a section, with what people said."""

    id: str
    asked: str
    responses: Mapping[str, str] = Field(min_length=2)
    section: str
    """Title of the section that the change adds to."""
    spec: str
    """The section's text before the change."""
    adds: str
    """The sentence that the change adds."""
    intent: str = Field(min_length=1)
    said: tuple[Said, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rankings_fit(self) -> "Case":
        for each in self.said:
            labels = set(Ranking.parse(each.ranking).places)
            if labels != set(self.responses):
                raise ValueError(
                    f"the ranking {each.ranking!r} doesn't name the responses {sorted(self.responses)}"
                )
        return self

    @property
    def document(self) -> Spec:
        return Spec.parse(f"# {self.section} {{#section}}\n\n{self.spec}\n")

    @property
    def proposal(self) -> Proposal:
        return Proposal(
            edits=(Edit(op="insert", section="section", text=self.adds),),
            intent=self.intent,
            kind="clarification",
            origin="human",
            base=self.document.digest,
        )

    @property
    def conversation(self) -> Conversation:
        return Conversation(
            id=self.id,
            messages=(Message(role="user", content=self.asked),),
            responses=tuple(
                Response(label=label, messages=(Message(role="assistant", content=text),))
                for label, text in self.responses.items()
            ),
        )

    def justifications(self, words: Mapping[int, str] | None = None) -> tuple[Justification, ...]:
        """One a row, each by a person of its own; `words` stand in place of some rows' (from 0)."""
        return tuple(
            Justification(
                assessment=f"{self.id}/{number}",
                participant=f"{self.id}/{number}",
                conversation=self.id,
                text=(words or {}).get(number, each.words),
                ranking=each.ranking,
            )
            for number, each in enumerate(self.said)
        )


@lru_cache(maxsize=1)
def shipped() -> tuple[Case, ...]:
    """The set that ships with Concord: invented people, more than 300 rows."""
    text = (files(__package__) / "data" / "validator.yaml").read_text(encoding="utf-8")
    return cases_of(text, "evals/data/validator.yaml")


def read_cases(path: Path) -> tuple[Case, ...]:
    """One's own labels: YAML laid out as the shipped file, or JSON lines with one case a line. Raises DataError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise DataError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    except UnicodeDecodeError as problem:
        raise DataError(f"{path}: not UTF-8 at byte {problem.start}; save it as UTF-8") from None
    return cases_of(text, str(path))


def cases_of(text: str, source: str) -> tuple[Case, ...]:
    """Raises DataError, in one sentence."""
    rows = _json_lines(text, source) if source.endswith((".jsonl", ".ndjson")) else _yaml(text, source)
    found: dict[str, Case] = {}
    for where, row in rows:
        case = _case(row, where)
        if case.id in found:
            raise DataError(f"{where}: the case {case.id!r} stands there twice; give each an id of its own")
        found[case.id] = case
    if not found:
        raise DataError(f"{source} holds no labelled case")
    return tuple(found.values())


def _yaml(text: str, source: str) -> list[tuple[str, Any]]:
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise DataError(
            f"{source}{where}: {getattr(problem, 'problem', None) or 'this is no YAML'}"
        ) from None
    if not isinstance(found, list):
        raise DataError(f"{source} is no list of cases")
    return [(f"{source}, case {number}", row) for number, row in enumerate(found, 1)]


def _json_lines(text: str, source: str) -> list[tuple[str, Any]]:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                rows.append((f"{source}, line {number}", json.loads(line)))
            except (ValueError, RecursionError):
                raise DataError(f"{source}, line {number}: this is no JSON") from None
    return rows


def _case(row: object, where: str) -> Case:
    if not isinstance(row, dict):
        raise DataError(
            f"{where} is no table with id, asked, responses, section, spec, adds, intent and said"
        )
    try:
        said = [_said(each, where) for each in row.get("said") or ()]
        return Case.model_validate({**row, "said": said})
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(
            f"{where}: {f'{place}: ' if place else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from None
    except InputError as problem:
        raise DataError(f"{where}: {problem}") from None


def _said(row: object, where: str) -> object:
    """A row is [verdict, ranking, words] with what makes it hard as a word or a list; or a table of these."""
    if isinstance(row, list):
        if len(row) not in (3, 4) or row[0] not in get_args(Stance):
            raise DataError(
                f"{where}: a row of `said` is [verdict, ranking, words, what makes it hard], the verdict one of"
                f" {', '.join(get_args(Stance))}"
            )
        hard = row[3] if len(row) == 4 else []
        return {
            "verdict": row[0],
            "ranking": row[1],
            "words": row[2],
            "hard": [hard] if isinstance(hard, str) else hard,
        }
    return row
