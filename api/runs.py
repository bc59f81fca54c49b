"""A run as an object: what it came to, and every record behind it."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from ..agents.records import Ranked, Verdict
from ..errors import RunError
from ..graph.question import Question
from ..graph.records import Decision
from ..graph.run_records import RunRecords
from ..graph.summary import Summary
from ..models.records import CallRecord
from ..models.tickets import BatchTicket, waiting
from ..review.fragments import grid, heading, paragraph
from ..review.printing import count, interval, points
from ..review.sealed import arms
from ..review.words import STOPPED
from ..spec import Proposal, Redline, Spec, read_spec
from ..store.runs import RunFolder
from ..trials.records import Trial
from .answers import question_since, waiting_question
from .frames import Records
from .storing import found_run

V = TypeVar("V")
Status = Literal["finished", "paused", "unfinished"]
_PAGE = 5000


class Run:
    """A run: finished, paused before an adoption, or stopped on its way. Records are read when asked for."""

    def __init__(
        self, *, folder: RunFolder | None, records: RunRecords | None = None, original: Spec | None = None,
        spec: Spec | None = None, summary: Summary | None = None,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._records = records
        self._original = original
        self._spec = spec
        self._summary = summary

    @property
    def path(self) -> Path | None:
        """Its folder; None for a run that was kept in memory."""
        return self._folder.path if self._folder else None

    @property
    def id(self) -> str:
        return self._folder.id if self._folder else "in memory"

    @property
    def status(self) -> Status:
        if self.summary is not None:
            return "finished"
        return "paused" if self.question else "unfinished"

    @cached_property
    def summary(self) -> Summary | None:
        """What it came to; None until it is finished. Raises RunError for a summary that can't be read."""
        if self._summary or self._folder is None or not self._folder.summary.is_file():
            return self._summary
        try:
            return Summary.model_validate_json(self._folder.summary.read_bytes())
        except ValidationError:
            raise RunError(f"{self._folder.summary}: not the summary of a run of this version") from None

    @cached_property
    def question(self) -> Question | None:
        """What a paused run waits on."""
        return self._read(waiting_question)

    @cached_property
    def spec(self) -> Spec | None:
        """The revised spec; None until the run is finished."""
        if self._spec or self._folder is None or not self._folder.spec.is_file():
            return self._spec
        return read_spec(self._folder.spec)

    @cached_property
    def original(self) -> Spec | None:
        """The spec that the run began with; None where its file is gone."""
        if self._original or self._folder is None:
            return self._original
        from .session import config_of

        config = config_of(self._folder)

        def first(records: RunRecords) -> Spec | None:
            try:
                return Spec.parse(records.text(config.spec_digest))
            except KeyError:
                return None

        return self._read(first)

    @property
    def redline(self) -> Redline | None:
        """What it changed in the spec; None until the run is finished."""
        if self.spec is None or self.original is None:
            return None
        return Redline.of(self.original, self.spec)

    @cached_property
    def proposals(self) -> Records[Proposal]:
        return Records(self._read(lambda records: records.proposals.find()))

    @cached_property
    def trials(self) -> Records[Trial]:
        return Records(self._read(lambda records: records.trials.find()))

    @cached_property
    def verdicts(self) -> Records[Verdict]:
        return Records(self._read(lambda records: records.verdicts.find()))

    @cached_property
    def decisions(self) -> Records[Decision]:
        return Records(self._read(lambda records: records.decisions.find()))

    @cached_property
    def rankings(self) -> Records[Ranked]:
        return Records(self._read(lambda records: records.rankings.find()))

    @cached_property
    def calls(self) -> Records[CallRecord]:
        """Every call, without its prompt and raw reply; `call(id)` gives one whole."""

        def pages(records: RunRecords) -> list[CallRecord]:
            found: list[CallRecord] = []
            while page := records.calls.page(limit=_PAGE, offset=len(found)):
                found += page
            return found

        return Records(self._read(pages))

    @cached_property
    def call_count(self) -> int:
        """How many calls there were, without reading them."""
        return self._read(lambda records: records.calls.count())

    @property
    def waiting(self) -> list[BatchTicket]:
        """What it waits for in queues of batches."""
        return self._read(lambda records: waiting(records.store))

    @property
    def question_since(self) -> datetime | None:
        """When it was paused before its question, in UTC; None when that isn't known."""
        return self._read(question_since)

    def call(self, id: str) -> CallRecord:
        """One call with its prompt and raw reply. Raises KeyError."""
        return self._read(lambda records: records.calls.get(id))

    def _read(self, look: Callable[[RunRecords], V]) -> V:
        if self._records is not None:
            return look(self._records)
        assert self._folder is not None
        records = RunRecords.open(self._folder.path)
        try:
            return look(records)
        finally:
            records.close()

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self._line()}>"

    def _line(self) -> str:
        if self.summary is None:
            return f"paused before {self.question.proposal}" if self.question else "unfinished"
        adopted = self.summary.proposals.get("adopted", 0)
        gain = self.summary.sealed_test.gain if self.summary.sealed_test else None
        told = f", {points(gain.estimate, sign=True)} points on the sealed test" if gain else ""
        return f"{count(self.summary.rounds, 'round')}, {adopted} adopted{told}"

    def _repr_html_(self) -> str:
        parts = [heading(f"Run {self.id}")]
        summary = self.summary
        if summary is None:
            asked = self.question
            parts.append(paragraph(f"Paused before an adoption: {asked.intent}" if asked else "Unfinished."))
            return "".join(parts)
        parts.append(paragraph(summary.notice))
        stopped = STOPPED.get(summary.stop_reason, summary.stop_reason)
        parts.append(paragraph(f"{self._line()}. It stopped because {stopped}."))
        if summary.adopted:
            rows = [
                (one.intent, one.label, one.section, one.kind.replace("_", " "), one.id)
                for one in summary.adopted
            ]
            parts.append(grid(("adopted", "label", "section", "kind", "proposal"), rows))
        if summary.sealed_test:
            table = [
                (name, points(each.estimate), interval(each)) for name, each in arms(summary.sealed_test)
            ]
            parts.append(grid(("sealed test", "agreement", "95 % interval"), table))
        if self.redline and self.redline.hunks:
            parts.append(self.redline._repr_html_())
        return "".join(parts)


def read_run(path: str | Path, *, store: str | None = None) -> Run:
    """A run that was kept: its folder, or its id, under the home or in a shared store (`store`, else $CONCORD_STORE).

    Raises RunError for what is none.
    """
    folder = found_run(path, store)
    RunRecords.open(folder.path).close()
    return Run(folder=folder)


def read_summary(folder: RunFolder) -> Summary:
    """The summary of a finished run. Raises RunError."""
    try:
        return Summary.model_validate_json(folder.summary.read_bytes())
    except OSError as problem:
        raise RunError(
            f"{folder.summary}: can't be read ({problem.strerror}); only a finished run has one"
        ) from None
    except ValidationError as problem:
        wrong = problem.errors()[0]
        raise RunError(
            f"{folder.summary}: not a summary of this version ({'.'.join(map(str, wrong['loc']))}: {wrong['msg']})"
        ) from None
