"""Whether what a run's folder says holds: digests and figures, worked out again from its stored records.

Nothing is asked of a base model. What is checked: that spec and data are those of the run; that the texts are the
ones that the summary names, and follow from the adopted edits; that every figure of the rounds and of the sealed test
follows from the stored rankings and the people in the data.
"""

import hashlib
from collections.abc import Iterator, Mapping

from ..agents.ranker import question_key
from ..errors import EditError, InputError, SpecError, SplitReopened
from ..graph.comparing import Arm, compared
from ..graph.concluding import ORDER, sealed_evaluator
from ..graph.context import RunContext
from ..graph.groups import joined
from ..graph.overlays import OverlayTable
from ..graph.records import Figure
from ..graph.sealed import SealedSplit
from ..graph.sealed_records import SealedTest
from ..graph.summary import Summary, libraries
from ..panel.ranking import Ranking
from ..prompts.render import version
from ..records import Record
from ..spec import Spec, apply, read_spec
from ..store.runs import RunFolder
from .printing import points


class Check(Record):
    """One thing that was looked at. `holds` None: it can't be told here, or decides nothing."""

    name: str
    holds: bool | None
    note: str = ""


def verify(context: RunContext, summary: Summary, folder: RunFolder) -> tuple[Check, ...]:
    """Every check, in the order of a reader. `context` is the run's, over models that can't be asked."""
    return tuple(_checks(context, summary, folder))


def _checks(context: RunContext, summary: Summary, folder: RunFolder) -> Iterator[Check]:
    said = summary.provenance
    yield _same("spec", said.spec, context.inputs.spec.digest)
    yield _same("data", summary.data.digest, context.inputs.panel.digest)
    for name, digest in (("spec.md", said.likely), ("spec.proven.md", said.proven)):
        yield _text_file(folder, name, digest)
    for name, digest in (("likely text", said.likely), ("proven text", said.proven)):
        yield _stored_text(context, name, digest)
    yield _replayed(context, summary)
    yield from _overlays(context, summary)
    yield from _rounds(context, summary)
    yield _sealed(context, summary)
    yield _templates(said.templates)
    yield _libraries(said.libraries)


def _same(name: str, said: str, found: str) -> Check:
    holds = said == found
    return Check(name=name, holds=holds, note=found[:16] if holds else f"{found[:16]}, not {said[:16]}")


def _text_file(folder: RunFolder, name: str, digest: str) -> Check:
    try:
        return _same(name, digest, read_spec(folder.path / name).digest)
    except (OSError, SpecError) as problem:
        return Check(name=name, holds=False, note=str(problem))


def _stored_text(context: RunContext, name: str, digest: str) -> Check:
    try:
        text = context.records.text(digest)
    except (KeyError, InputError):
        return Check(name=name, holds=False, note="the run's records don't hold it")
    return _same(name, digest, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def _replayed(context: RunContext, summary: Summary) -> Check:
    """The adopted edits, in their order, make the text out of the original."""
    name, spec = "adopted edits", context.inputs.spec
    adopted = [each.proposal for each in context.records.decisions.find(decision="adopted")]
    if sorted(adopted) != sorted(each.id for each in summary.adopted):
        return Check(name=name, holds=False, note="the summary lists others than the records")
    common = [
        each.proposal for each in context.records.decisions.find(decision="adopted") if not each.overlays
    ]
    try:
        for id_ in common:
            spec = apply(spec, context.records.proposals.get(id_).edits)
    except (KeyError, EditError) as problem:
        return Check(name=name, holds=False, note=f"they don't make the text: {problem}")
    holds = spec.digest == summary.provenance.likely
    return Check(name=name, holds=holds, note=f"{len(common)} edits" if holds else "they make another text")


def _overlays(context: RunContext, summary: Summary) -> Iterator[Check]:
    """Each overlay's edits, in their order, make its group's text out of the common one."""
    for overlay in summary.overlays:
        name = f"overlay of {overlay.group}"
        try:
            made = joined(context.texts, context.records, summary.provenance.likely, overlay.edits)
        except (KeyError, EditError) as problem:
            yield Check(name=name, holds=False, note=f"its edits don't make the text: {problem}")
            continue
        yield _same(name, overlay.text, made.digest)


def _rounds(context: RunContext, summary: Summary) -> Iterator[Check]:
    for round_, said in enumerate(summary.agreement, 1):
        name = f"agreement of round {round_}"
        records = context.records.measures.find(round=round_)
        if not records:
            yield Check(name=name, holds=False, note="there is no record of it")
            continue
        try:
            found = context.evaluator.measured(records[-1].text, context.folds.items)
        except KeyError:
            yield Check(name=name, holds=False, note="the records lack the text")
            continue
        rankings = {item: each.ranking for item, each in found.items()}
        again = Figure.of(context.people.on(rankings).level(rankings)).estimate if rankings else None
        yield _figure(name, said, again, f"from {len(rankings)} rankings")


def _sealed(context: RunContext, summary: Summary) -> Check:
    name, said = "sealed test", summary.sealed_test
    split = SealedSplit(context)
    try:
        opened = split.opened_before()
    except SplitReopened:
        holds = said is None
        return Check(name=name, holds=holds, note="not taken" if holds else "the records hold no result")
    if said is None:
        return Check(name=name, holds=False, note="the records hold a result that the summary leaves out")
    texts: dict[Arm, Spec | None] = {"original": context.inputs.spec, "no_spec": None}
    try:
        texts["proven"] = context.texts.spec(summary.provenance.proven)
        texts["likely"] = context.texts.spec(summary.provenance.likely)
    except KeyError:
        return Check(name=name, holds=False, note="the records lack a text")
    evaluator = sealed_evaluator(context, opened.conversations, context.evaluator.where)

    def stored(spec: Spec | None) -> Mapping[str, Ranking]:
        table: dict[str, Ranking] = {}
        for item in sorted(opened.conversations):
            question = evaluator.question(spec, item, ORDER, full=said.context == "full")
            if found := context.records.rankings.find(question=question_key(question)):
                table[item] = found[0].ranking
        return table

    tables: dict[Arm, Mapping[str, Ranking]] = {arm: stored(spec) for arm, spec in texts.items()}
    overlays = {
        each.group: OverlayTable(
            table=stored(context.texts.spec(each.text)),
            members=context.group(each.group).members,
            edits=len(each.edits),
        )
        for each in summary.overlays
        if each.edits
    }
    if not tables["original"]:
        return Check(name=name, holds=False, note="the records hold no ranking of it")
    again = compared(split, opened, tables, said.context, overlays)
    differing = [key for key in SealedTest.model_fields if getattr(again, key) != getattr(said, key)]
    if differing:
        return Check(
            name=name,
            holds=False,
            note=f"another {differing[0].replace('_', ' ')} comes out of the rankings "
            f"(gain {points(again.gain.estimate, sign=True)}, not {points(said.gain.estimate, sign=True)})",
        )
    return Check(
        name=name,
        holds=True,
        note=f"gain {points(again.gain.estimate, sign=True)} on {again.conversations} conversations",
    )


def _figure(name: str, said: float | None, again: float | None, note: str) -> Check:
    holds = said == again
    return Check(name=name, holds=holds, note=note if holds else f"{points(again)}, not {points(said)}")


def _templates(said: Mapping[str, str]) -> Check:
    """Other templates make other prompts: a new run would ask something else, and this one's figures stand."""
    changed = [role for role, template in said.items() if version(template.partition("@")[0]) != template]
    note = f"changed since: {', '.join(changed)}" if changed else "as they are now"
    return Check(name="prompt templates", holds=None if changed else True, note=note)


def _libraries(said: Mapping[str, str]) -> Check:
    """Another version may compute the last digit otherwise: told, for whoever wonders why a figure differs."""
    now = libraries()
    changed = [
        f"{name} {then} then, {now.get(name, 'unused')} now"
        for name, then in said.items()
        if now.get(name) != then
    ]
    return Check(
        name="libraries", holds=None if changed else True, note="; ".join(changed) or "as they are now"
    )
