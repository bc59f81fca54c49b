"""Everything that pages, report and export show of one run."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Literal

from pydantic import JsonValue

from ...agents.records import Ranked
from ...agents.registry import agents
from ...agreement.carefulness import Careless
from ...errors import RunError
from ...models.records import CallRecord
from ...spec import Proposal, Spec
from ...store.reading import Stamp
from ...store.runs import RunFolder
from ..desk import Desk
from . import conversations as talks
from . import docket as dockets
from . import overview as overviews
from . import proposal_page as pages
from . import proposal_records as shown
from . import sections as figures
from . import trace
from .bases import base_of
from .current import adopted_ids, overlay_ids, proven_spec
from .gist import gist
from .index import Index, Progress
from .known import Known, text_name
from .source import RunSource
from .words import STOPPED

State = Literal["finished", "paused", "running", "stopped"]
QUOTES = 5
EVERY = talks.ConversationFilter()


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
    def hangs_on(self) -> Mapping[str, str]:
        """Adopted proposal to a sentence on whose rankings it hangs; empty before the run's end."""
        summary = self.source.summary()
        adopted = summary.adopted if summary else ()
        return {each.id: each.influence.told for each in adopted if each.influence}

    @property
    def careless(self) -> tuple[Careless, ...]:
        """Participants with signs of carelessness; empty before the run's end."""
        summary = self.source.summary()
        return summary.data.careless if summary else ()

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
        inside = [*adopted_ids(known.decisions), *overlay_ids(known.decisions)]
        adopted = {id_: place for place, id_ in enumerate(inside)}
        launched = self.source.launched
        return overviews.Overview(
            id=self.id, state=state,
            stopped=STOPPED[summary.stop_reason] if summary else "",
            notice=self.notice, asked=known.asked,
            rounds=overviews.round_points(self.source.measures(), by_round),
            references=overviews.reference_rows(_json(beside)),
            rubrics=summary.rubrics if summary else None,
            sealed=summary.sealed_test if summary else None,
            sealed_note=summary.sealed_note if summary else "",
            openings=summary.use.openings if summary and summary.use else 0,
            adopted=tuple(sorted((row for row in rows if row.id in adopted), key=lambda row: adopted[row.id])),
            by_status=Counter(row.status for row in rows),
            reasons=Counter(row.reason for row in rows if row.reason),
            totals=totals, by_role=roles, seconds=cost.get("seconds"),
            model_of={role: _model_of(role, launched.models) for role in roles},
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
                known.asked.proposal if known.asked else None, known.rounds, known.conflicts, known.refuted, known.voted,
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
        if id not in self.known.by_id:
            return None
        return pages.proposal_page(
            id, self.known, self.source, self.index, self.docket_rows(), self.desk, quotes=quotes
        )

    def sections(self) -> figures.Sections:
        with self.index.open() as db:
            return figures.section_rows(db, self.known.current)

    def groups(self, key: str) -> figures.GroupRows:
        with self.index.open() as db:
            return figures.group_rows(db, key, self.known.current)

    def conversations(
        self, wanted: talks.ConversationFilter = EVERY, *, limit: int = 50, offset: int = 0
    ) -> talks.ConversationList:
        with self.index.open() as db:
            return talks.conversation_list(db, wanted, limit=limit, offset=offset)

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

    def base_of(self, found: Proposal) -> Spec | None:
        """The text that a proposal is shown against; None where it applies to no text of this run."""
        return base_of(self.known, self.source, found)[0]


def _one_a_text(
    shown: Sequence[tuple[str, Ranked]], ranked: Sequence[tuple[str, Ranked]], most: int = 8
) -> list[tuple[str, Ranked]]:
    """The answers under original and current text, then the first under each other one."""
    first = dict(shown)
    for name, each in ranked:
        first.setdefault(name, each)
    return list(first.items())[:most]


def _model_of(role: str, models: Mapping[str, str | None]) -> str:
    """The base model of an agent; some think with that of another."""
    known = agents().get(role)
    return models.get(role) or (models.get(known.model_role) if known else "") or ""


def _json(text: str | None) -> JsonValue:
    value: JsonValue = json.loads(text) if text else None
    return value


def open_reading(folder: RunFolder, indexes: Path) -> RunReading:
    """Raises RunError for a folder that can't be read as a run."""
    if not folder.kept.is_file():
        raise RunError(f"{folder.path} is no run: it has no database")
    return RunReading(folder, indexes)
