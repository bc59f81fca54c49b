"""One proposal on one page: what it changes, on what evidence, what people said, and what stands beside it."""

import sqlite3
from collections.abc import Mapping, Sequence

from ...agents.records import Verdict
from ...errors import EditError
from ...graph.records import SupportRecord
from ...graph.vote_records import DirectVote
from ...spec import Proposal, Spec, apply, examples
from ...trials.records import Trial
from ..redlining import flag_sentences, section_redlines
from .conversations import Said
from .docket import DocketRow
from .proposal_records import Beside, Change, GroupShare, Movement, Quote, Test, Voices

STANCES = ("support", "refute", "mixed", "silent")


def change_of(proposal: Proposal, base: Spec, note: str) -> Change | None:
    """None where the edits don't apply to `base`."""
    try:
        after = apply(base, proposal.edits)
    except EditError:
        return None
    redlines = section_redlines(base, after)
    anchor = proposal.edits[0].section
    where = base if anchor in base else after
    new_section = proposal.edits[0].op == "new_section"
    above = where.ancestors(anchor)
    sections = [redline.section for redline in redlines]
    shown = [
        (each.section, each.label, each.response)
        for each in examples(after)
        if each.section in sections and each.label is not None
    ]
    return Change(
        redlines=redlines,
        parents=tuple((id_, where.section(id_).title) for id_ in above),
        parent_texts=tuple((where.section(id_).title, where.source_of(id_).strip()) for id_ in above),
        markdown_before="" if new_section else "\n\n".join(base.source_of(id_).rstrip() for id_ in sections if id_ in base),
        markdown_after="\n\n".join(after.source_of(id_).rstrip() for id_ in sections if id_ in after),
        note=note,
        flags=flag_sentences(base, after),
        examples=tuple(shown[:12]),
    )  # fmt: skip


def movement_of(trials: Sequence[Trial]) -> tuple[Movement, Trial | None]:
    """From its trial, or its screen where it had none."""
    for stage in ("trial", "screen"):
        for trial in reversed([each for each in trials if each.stage == stage]):
            pairs = [
                (id_, value)
                for id_, value in zip(trial.planned, trial.differences, strict=False)
                if value is not None
            ]
            if pairs:
                values = [value for _, value in pairs]
                return (
                    Movement(
                        towards=sum(value > 1e-9 for value in values),
                        away=sum(value < -1e-9 for value in values),
                        same=sum(abs(value) <= 1e-9 for value in values),
                        dots=tuple(sorted(pairs, key=lambda pair: (pair[1], pair[0]))),
                    ),
                    trial,
                )
    return Movement(towards=0, away=0, same=0, dots=()), None


def test_of(trial: Trial) -> Test:
    last = trial.looks[-1] if trial.looks else None
    return Test(
        stage=trial.stage, round=trial.round, outcome=trial.outcome, sentence=trial.reason, rule=trial.rule,
        alpha=trial.alpha, evidence=last.statistic if last else None, needed=last.threshold if last else None,
        conversations=sum(each is not None for each in trial.differences), planned=len(trial.planned),
        calls=trial.calls, failed=trial.failed, p_value=trial.p_value, path=tuple((look.n, look.mean) for look in trial.looks),
    )  # fmt: skip


def voices_of(records: Sequence[SupportRecord]) -> Voices | None:
    """Out of what the loop kept last."""
    if not records:
        return None
    found = records[-1].support
    groups = [
        GroupShare(
            key=key, value=value, support=each.support, refute=each.refute, silent=each.silent, share=each.share,
            low=each.low, high=each.high,
        )
        for key, values in sorted(found.groups.items())
        for value, each in values.items()
    ]  # fmt: skip
    told = found.corrected or found
    return Voices(
        support=found.support, refute=found.refute, silent=found.silent, mixed=found.mixed, share=told.share,
        low=told.low, high=told.high, counted=found.share, outcome=found.outcome, corrected=found.corrected is not None,
        survives_lean=found.survives_lean, groups=tuple(groups), hidden=found.hidden_groups,
    )  # fmt: skip


def quotes_of(
    db: sqlite3.Connection, verdicts: Sequence[Verdict], each: int
) -> tuple[dict[str, tuple[Quote, ...]], dict[str, int]]:
    """The longest justifications of each stance first, `each` of them, and the counts of people by stance."""
    labels = {v.assessment: v for v in verdicts if v.by_reviewer}
    machine: dict[str, Verdict] = {}
    for verdict in verdicts:
        if not verdict.is_label:
            machine.setdefault(verdict.assessment, verdict)
    counts: dict[str, int] = {stance: sum(v.stance == stance for v in machine.values()) for stance in STANCES}
    found: dict[str, list[Quote]] = {stance: [] for stance in STANCES}
    marks = ", ".join("?" * len(machine))
    rows = db.execute(
        f"SELECT id, participant, ranking, rationale, conversation FROM assessments WHERE id IN ({marks})",
        list(machine),
    ).fetchall()
    for id_, participant, ranking, rationale, conversation in rows:
        verdict, label = machine[id_], labels.get(id_)
        found[verdict.stance].append(
            Quote(
                said=Said(assessment=id_, participant=participant, ranking=ranking, rationale=rationale),
                conversation=conversation, stance=verdict.stance, source=verdict.source, call=verdict.call,
                label=label.stance if label else "",
                labelled_by=label.source.removeprefix("reviewer:") if label else "",
            )
        )  # fmt: skip
    shown = {
        stance: tuple(
            sorted(quotes, key=lambda q: (not q.label, -min(len(q.said.rationale), 400), q.said.assessment))
        )
        for stance, quotes in found.items()
    }
    return {stance: quotes[:each] for stance, quotes in shown.items()}, counts


def own_words(votes: Sequence[DirectVote], most: int = 40) -> tuple[DirectVote, ...]:
    """The votes with a reason, those that say most first."""
    told = [vote for vote in votes if vote.why.strip()]
    return tuple(sorted(told, key=lambda vote: (-min(len(vote.why), 400), vote.participant))[:most])


def place_of(proposal: Proposal) -> tuple[tuple[str, str, str], ...]:
    """Proposals of one place are wordings of one change."""
    return tuple(sorted((edit.op, edit.section, edit.anchor or edit.text) for edit in proposal.edits))


def beside_of(
    id: str, proposals: Mapping[str, Proposal], rows: Mapping[str, DocketRow]
) -> tuple[Beside, ...]:
    """Other wordings, what other origins proposed for the section, and what a reviewer set aside there."""
    proposal = proposals[id]
    here, sections = place_of(proposal), _targets(proposal)
    found = []
    for other_id, other in proposals.items():
        row = rows.get(other_id)
        if other_id == id or row is None:
            continue
        if place_of(other) == here:
            how = "another wording of the same change"
        elif not sections & _targets(other):
            continue
        elif row.chosen == "set_aside":
            how = f"set aside by {row.by}"
        elif other.origin != proposal.origin:
            how = "same section, from another origin"
        else:
            how = "same section"
        found.append(Beside(row=row, how=how))
    order = ("another", "set aside", "same section, from", "same section")
    found.sort(key=lambda each: next(i for i, start in enumerate(order) if each.how.startswith(start)))
    return tuple(found[:12])


def _targets(proposal: Proposal) -> set[tuple[bool, str]]:
    """The sections that it changes; a new section is beside others that are put at the same place."""
    return {(edit.op == "new_section", edit.section) for edit in proposal.edits}
