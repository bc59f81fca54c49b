"""Everything that pages, report and export show of one run."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Literal

from pydantic import JsonValue

from ...agents.records import Ranked
from ...errors import RunError
from ...models.records import CallRecord
from ...spec import Proposal, Spec
from ...store.reading import Stamp
from ...store.runs import RunFolder
from ...trials.records import Trial
from ..desk import Desk
from . import conversations as talks
from . import docket as dockets
from . import overview as overviews
from . import proposal as pages
from . import proposal_records as shown
from . import sections as figures
from . import trace
from .current import adopted_ids, applied, proven_spec
from .gist import gist
from .index import Index, Progress
from .known import Known, text_name
from .source import RunSource
from .words import STOPPED

State = Literal["finished", "paused", "running", "stopped"]
QUOTES = 5
CASES = 3


class RunReading:
    """Reads one run for people. Safe to use from several threads."""

    def __init__(self, folder: RunFolder, indexes: Path) -> None:
        """`indexes` is a folder for what is derived and can be thrown away. Raises RunError."""
        self.folder = folder
        self.source = RunSource(folder)
        self.index = Index(self.source, indexes)
        self.desk = Desk(folder.path)
        self._known: tuple[Stamp, Known] | None = None
        self._lock = Lock()

    @property
    def id(self) -> str:
        return self.folder.id

    @cached_property
    def notice(self) -> str:
        summary = self.source.summary()
        return summary.notice if summary else ""

    @property
    def known(self) -> Known:
        stamp = self.source.stamp()
        with self._lock:
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, Known(self.source))
            return self._known[1]

    def state(self) -> State:
        if self.source.finished:
            return "finished"
        if self.known.asked is not None:
            return "paused"
        return "running" if self.source.rows.held() else "stopped"

    def progress(self) -> Progress:
        return self.index.progress()

    def overview(self) -> overviews.Overview:
        known, summary, cost = self.known, self.source.summary(), self.source.cost()
        state, progress = self.state(), self.progress()
        rows = self.docket_rows()
        by_round = Counter(
            each.round for each in known.decisions if each.by == "loop" and each.decision == "adopted"
        )
        totals, roles, beside = None, {}, None
        if progress.has("calls"):
            with self.index.open() as db:
                totals, roles = trace.totals(db), trace.spent_by_role(db)
                found = db.execute("SELECT value FROM meta WHERE name = 'references'").fetchone()
                beside = found[0] if found else None
        adopted = {id_: place for place, id_ in enumerate(adopted_ids(known.decisions))}
        launched = self.source.launched
        return overviews.Overview(
            id=self.id, state=state,
            stopped=STOPPED[summary.stop_reason] if summary else "",
            notice=self.notice, asked=known.asked,
            rounds=overviews.round_points(self.source.measures(), by_round),
            references=overviews.reference_rows(_json(beside)),
            sealed=summary.sealed_test if summary else None,
            sealed_note=summary.sealed_note if summary else "",
            openings=summary.use.openings if summary and summary.use else 0,
            adopted=tuple(sorted((row for row in rows if row.id in adopted), key=lambda row: adopted[row.id])),
            by_status=Counter(row.status for row in rows),
            reasons=Counter(row.reason for row in rows if row.reason),
            totals=totals, by_role=roles, seconds=cost.get("seconds"),
            models=launched.models, options=launched.options.model_dump(mode="json"),
            texts=tuple(
                overviews.TextRow(name=name, digest=spec.digest, words=len(spec.text.split()), sections=len(spec.sections))
                for name, spec in self.texts().items()
            ),
            spec_name=launched.spec_name, data_name=launched.data_name, problem=progress.problem,
        )  # fmt: skip

    def texts(self) -> dict[str, Spec]:
        """The texts that the run has, by name: the original first."""
        known = self.known
        return {
            "original": known.original,
            "proven": proven_spec(self.source, known.original),
            "likely": known.current,
        }

    def docket_rows(self) -> list[dockets.DocketRow]:
        known, stamp = self.known, self.desk.stamp()
        if known.rows is None or known.rows[0] != stamp:
            rows = dockets.docket_rows(
                known.by_id, known.trials, known.decisions, known.outcomes, known.stances, self.desk.standing(),
                known.asked.proposal if known.asked else None, known.rounds,
            )  # fmt: skip
            known.rows = (stamp, rows)
        return list(known.rows[1])

    def docket(
        self, *, status: str = "", origin: str = "", section: str = "", limit: int = 50, offset: int = 0
    ) -> dockets.Docket:
        every = self.docket_rows()
        rows = [
            row
            for row in every
            if (not status or row.status == status)
            and (not origin or row.origin == origin)
            and (not section or row.section == section)
        ]
        return dockets.Docket(
            rows=tuple(rows[offset : offset + limit]),
            total=len(rows),
            by_status=Counter(row.status for row in every),
        )

    def proposal(self, id: str, *, quotes: int = QUOTES) -> shown.ProposalPage | None:
        """None where the run has no such proposal."""
        known = self.known
        found = known.by_id.get(id)
        if found is None:
            return None
        rows = self.docket_rows()
        by_id = {row.id: row for row in rows}
        row = by_id[id]
        alike = [each.id for each in rows if each.status == row.status]
        order = [each.id for each in rows]
        place = order.index(id)
        trials = [trial for trial in known.trials if trial.proposal == id]
        movement, trial = pages.movement_of(trials)
        said: dict[str, tuple[shown.Quote, ...]] = {}
        counts: dict[str, int] = {}
        best: list[shown.Case] = []
        worst: list[shown.Case] = []
        totals = None
        progress = self.progress()
        if progress.has("calls"):
            with self.index.open() as db:
                totals = trace.totals(db, id)
                if progress.has("people"):
                    said, counts = pages.quotes_of(db, self.source.verdicts(id), quotes)
        if trial is not None and progress.has("people"):
            best = self._cases(trial, [pair for pair in reversed(movement.dots) if pair[1] > 1e-9])
            worst = self._cases(trial, [pair for pair in movement.dots if pair[1] < -1e-9])
        return shown.ProposalPage(
            row=row, number=alike.index(id) + 1, of=len(alike),
            before_id=order[place - 1] if place else "",
            after_id=order[place + 1] if place + 1 < len(order) else "",
            edits=found.edits, rests_on=found.conversations, change=self._change(found), movement=movement,
            best=tuple(best), worst=tuple(worst), quotes=said, counts=counts,
            votes=pages.voices_of(self.source.support(id)), tests=tuple(map(pages.test_of, trials)), totals=totals,
            beside=pages.beside_of(id, known.by_id, by_id),
            decisions=tuple(each for each in known.decisions if each.proposal == id),
            chosen=self.desk.standing().get(id),
        )  # fmt: skip

    def sections(self) -> figures.Sections:
        with self.index.open() as db:
            return figures.section_rows(db, self.known.current)

    def groups(self, key: str) -> figures.GroupRows:
        with self.index.open() as db:
            return figures.group_rows(db, key, self.known.current)

    def conversations(
        self,
        *,
        section: str = "",
        moved: str = "",
        order: talks.Order = "gap",
        limit: int = 50,
        offset: int = 0,
    ) -> talks.ConversationList:
        with self.index.open() as db:
            return talks.conversation_list(
                db, section=section, moved=moved, order=order, limit=limit, offset=offset
            )

    def conversation(self, id: str, *, limit: int = 50, offset: int = 0) -> talks.ConversationPage | None:
        known = self.known
        with self.index.open() as db:
            shown = [
                (
                    {"before": "original text", "after": "text as it stands"}[arm],
                    Ranked.model_validate_json(body),
                )
                for arm, body in db.execute(
                    "SELECT arm, body FROM answers WHERE conversation = ? ORDER BY arm DESC", (id,)
                )
            ]
            ranked = [(text_name(known, each.spec), each) for each in self.source.rankings(conversation=id)]
            return talks.conversation_page(db, id, _one_a_text(shown, ranked), limit=limit, offset=offset)

    def nodes(self) -> list[trace.PlaceRow]:
        with self.index.open() as db:
            return trace.nodes(db)

    def subjects(
        self, round: int, node: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[list[trace.PlaceRow], int]:
        with self.index.open() as db:
            return trace.subjects(db, round, node, limit, offset)

    def calls(self, wanted: trace.CallFilter, *, limit: int = 50, offset: int = 0) -> trace.CallList:
        """A page of calls, each with what was answered in a few words."""
        with self.index.open() as db:
            found = trace.call_list(db, wanted, limit=limit, offset=offset)
        told = {call.id: gist(call) for call in self.source.calls([row.id for row in found.rows])}
        rows = [row.model_copy(update={"gist": told.get(row.id, "")}) for row in found.rows]
        return found.model_copy(update={"rows": tuple(rows)})

    def call(self, id: str) -> CallRecord | None:
        return self.source.call(id)

    def _cases(self, trial: Trial, pairs: Sequence[tuple[str, float]]) -> list[shown.Case]:
        cases = []
        with self.index.open() as db:
            for id_, difference in pairs[:CASES]:
                found = talks.conversation_row(db, id_)
                if found is None:
                    continue
                row, conversation = found
                said = [
                    r for (r,) in db.execute("SELECT ranking FROM assessments WHERE conversation = ?", (id_,))
                ]
                cases.append(
                    shown.Case(
                        row=row, difference=difference,
                        places=talks.people_places(conversation, said),
                        prompt=tuple((message.role, message.content) for message in conversation.messages),
                        before=self._answer("before", id_, trial.base), after=self._answer("after", id_, trial.candidate),
                    )
                )  # fmt: skip
        return cases

    def _answer(self, label: str, conversation: str, spec: str) -> talks.RankerAnswer | None:
        found = self.source.rankings(conversation=conversation, spec=spec)
        return talks.answer(label, found[-1]) if found else None

    def base_of(self, found: Proposal) -> Spec | None:
        """The text that a proposal is shown against: the one it went into, the text as it stands, or the one that it
        was written for. None where it applies to none of them."""
        return self._base(found)[0]

    def _base(self, found: Proposal) -> tuple[Spec | None, str]:
        known = self.known
        adopted = adopted_ids(known.decisions)
        if found.id in adopted:
            return known.texts[adopted.index(found.id)], "Against the text that it was adopted into."
        for base, note in (
            (known.current, ""),
            (
                self.source.spec(found.base),
                "It no longer applies to the text as it stands. Against the text that it was written for:",
            ),
        ):
            if base is not None and applied(base, found) is not None:
                return base, note
        return None, "It doesn't apply to any text of this run."

    def _change(self, found: Proposal) -> shown.Change:
        base, note = self._base(found)
        change = pages.change_of(found, base, note) if base is not None else None
        return change or shown.Change(
            redlines=(), parents=(), parent_texts=(), markdown_before="", flags=(), examples=(),
            markdown_after="\n\n".join(edit.text for edit in found.edits), note=note,
        )  # fmt: skip


def _one_a_text(
    shown: Sequence[tuple[str, Ranked]], ranked: Sequence[tuple[str, Ranked]], most: int = 8
) -> list[tuple[str, Ranked]]:
    """The answers under original and current text, then the first under each other one."""
    first = dict(shown)
    for name, each in ranked:
        first.setdefault(name, each)
    return list(first.items())[:most]


def _json(text: str | None) -> JsonValue:
    value: JsonValue = json.loads(text) if text else None
    return value


def open_reading(folder: RunFolder, indexes: Path) -> RunReading:
    """Raises RunError for a folder that can't be read as a run."""
    if not folder.kept.is_file():
        raise RunError(f"{folder.path} is no run: it has no database")
    return RunReading(folder, indexes)
