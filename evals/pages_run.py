"""A run folder of any size, made at once: what the pages' speed is measured on. Every text in it is invented."""

import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pydantic import JsonValue

from ..agents.conflict import Compared, SpecPassage
from ..agents.records import Ranked, Verdict
from ..agents.relevance import section_key
from ..graph.conflict_records import ConflictRecord
from ..graph.options import Options
from ..graph.records import Decision, Figure, GradesRecord, MeasureRecord, RoundRecord
from ..graph.run_records import RunRecords
from ..models.records import CallRecord, Where
from ..panel.importers.load import load
from ..panel.ranking import Ranking
from ..records import content_id
from ..spec import Edit, Proposal, Spec, apply
from ..store.runs import RunFolder, write_json
from ..trials.records import Look, Trial
from .pages_data import DIRECTORY, LABELS, TOPICS, ranking, text, write_data


def make_run(
    home: Path, *, calls: int, assessments: int, prompts: int, proposals: int, seed: int
) -> RunFolder:
    """A finished run in `home`, with its data beside it."""
    rng = random.Random(seed)
    data = home / DIRECTORY
    data.mkdir(parents=True)
    ids = write_data(data, rng, prompts, assessments)
    spec = Spec.parse(
        "# A spec of many sections {#all}\n\n"
        + "\n".join(f"## About {topic} {{#{topic} authority=user}}\n\nThe assistant should be clear about {topic}.\n" for topic in TOPICS)
    )  # fmt: skip
    panel = load(data)
    folder = RunFolder(home / f"pages-{calls}")
    options = Options(seed=seed)
    write_json_config(folder, data, spec, panel.digest, options)
    records = RunRecords.create(folder.path)
    try:
        said = [(one.id, one.participant) for one in panel.assessments]
        final = _fill(records, rng, spec, sorted(ids), said, calls, proposals)
        records.flush()
    finally:
        records.close()
    folder.spec.write_text(final.text, encoding="utf-8")
    write_json(folder.summary, _summary(calls, panel.digest, spec.digest))
    write_json(folder.cost, {"roles": {}, "sealed_test_openings": 1, "seconds": 3600.0})
    return folder


def write_json_config(folder: RunFolder, data: Path, spec: Spec, digest: str, options: Options) -> None:
    """The configuration that a launch leaves."""
    folder.path.mkdir(parents=True)
    roles = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
    write_json(
        folder.config,
        {
            "spec": str(data / "spec.md"), "data": str(data), "config": None,
            "options": options.model_dump(mode="json"), "models": dict.fromkeys(roles, "openai:made-up"),
            "limits": {}, "spec_digest": spec.digest, "data_digest": digest,
            "run": content_id("pages", str(folder.path)),
        },
    )  # fmt: skip


def _fill(
    records: RunRecords,
    rng: random.Random,
    spec: Spec,
    ids: list[str],
    said: list[tuple[str, str]],
    calls: int,
    proposals: int,
) -> Spec:
    made = [_proposal(spec, number) for number in range(proposals)]
    records.proposals.add(made)
    records.conflicts.add([_conflicts(proposal, spec, rng) for proposal in made])
    final, digests = spec, {}
    records.put_text(spec.text)
    for number, proposal in enumerate(made):
        after = apply(spec, proposal.edits)
        digests[proposal.id] = after.digest
        records.put_text(after.text)
        if number < 12:
            final = apply(final, proposal.edits)
            records.put_text(final.text)
    for version in (spec, final):
        for place, topic in enumerate(TOPICS):
            grades = {id_: 5 for number, id_ in enumerate(ids) if (number + place) % len(TOPICS) == 0}
            records.grades.put(GradesRecord(section=section_key(version, topic), grades=grades, graded=True))
    for round_ in range(1, 9):
        level = 0.6 + 0.03 * round_
        figure = Figure(estimate=level, low=level - 0.02, high=level + 0.02)
        scores = dict.fromkeys(ids, level)
        measured = spec if round_ == 1 else final
        records.measures.add(
            [
                MeasureRecord(
                    round=round_, text=measured.digest, agreement=figure, by_fold={}, scores=scores, failed=0
                )
            ]
        )
        records.rounds.add(
            [
                RoundRecord(
                    round=round_,
                    current=final.digest,
                    proven=final.digest,
                    adopted=(),
                    fruitful=(),
                    stop=None,
                )
            ]
        )
    every = _calls(rng, calls, ids, made)
    while batch := list(islice(every, 2000)):
        records.calls.add(batch)
    for number, proposal in enumerate(made):
        _evidence(records, rng, proposal, number, ids, said, spec.digest, digests[proposal.id])
    for arm in (spec.digest, final.digest):
        for id_ in ids:
            records.rankings.add([_ranked(rng, arm, id_)])
    return final


def _proposal(spec: Spec, number: int) -> Proposal:
    topic = TOPICS[number % len(TOPICS)]
    word = ("must", "may", "should always", "should never")[number // len(TOPICS) % 4]
    edit = Edit(op="replace", section=topic, anchor="should be clear", text=f"{word} be clear ({number})")
    return Proposal(
        edits=(edit,), intent=f"About {topic}: {word} be clear, wording {number}.",
        kind="clarification" if number % 2 else "change_of_principle",
        origin="batch" if number % 3 else "conversation", base=spec.digest,
    )  # fmt: skip


def _calls(rng: random.Random, calls: int, ids: list[str], made: list[Proposal]) -> Iterator[CallRecord]:
    """Mostly a ranker's, spread over rounds, nodes and proposals; one in two hundred failed."""
    system = text(rng, 400)
    sections = [text(rng, 600) for _ in range(200)]
    prompts = [text(rng, 60) for _ in ids]
    for number in range(calls):
        failed = number % 200 == 199
        node = ("measure", "trial", "trial", "screen", "validate")[number % 5]
        role = {"validate": "validator"}.get(node, "ranker" if number % 25 else "relevance")
        subject = made[number % len(made)].id if node != "measure" else ""
        raw = json.dumps({"explanation": text(rng, 30), "ranking": ranking(rng)})
        yield CallRecord(
            id=content_id("call", number), where=Where(round=1 + number * 8 // calls, node=node, subject=subject),
            role=role, model="openai:made-up", template=f"{role}@00000000", status="failed" if failed else "answered",
            parts=(("system", system), ("sections", sections[number % 200]), ("conversation", prompts[number % len(ids)]),
                   ("responses", f"{LABELS[number % 4]} {prompts[(number * 7) % len(ids)]}")),
            raw="" if failed else raw, answer=None if failed else json.loads(raw),
            failure="the server answered 500 three times" if failed else "", input_tokens=1500, output_tokens=60,
            usd=0.0004, latency=0.8, attempts=3 if failed else 1,
        )  # fmt: skip


def _ranked(rng: random.Random, spec: str, id: str) -> Ranked:
    call = content_id("call", rng.randrange(1000), spec, id)
    return Ranked(
        call=call, question=content_id("question", spec, id), conversation=id, spec=spec, sections=("all",),
        order=LABELS, ranking=Ranking.parse(ranking(rng)), explanation="As the sections ask.",
    )  # fmt: skip


def _evidence(
    records: RunRecords,
    rng: random.Random,
    proposal: Proposal,
    number: int,
    ids: list[str],
    said: list[tuple[str, str]],
    base: str,
    after: str,
) -> None:
    planned = tuple(rng.sample(ids, min(60, len(ids))))
    differences = tuple(rng.gauss(0.02, 0.1) for _ in planned)
    mean = sum(differences) / len(differences)
    look = Look(
        n=len(planned),
        mean=mean,
        statistic=1.0,
        threshold=2.0,
        outcome="positive" if number < 12 else "ended",
    )
    records.trials.add(
        [
            Trial(
                proposal=proposal.id, round=1 + number % 8, stage="trial", base=base, candidate=after, rule="gaffke",
                alpha=0.001, planned=planned, differences=differences, looks=(look,),
                outcome="positive" if number < 12 else "ended", calls=120, reason=f"{100 * mean:+.1f} points over {len(planned)} conversations.",
            )
        ]
    )  # fmt: skip
    records.verdicts.add(
        [
            Verdict(
                proposal=proposal.id, assessment=assessment, participant=person, source="openai:made-up",
                stance=rng.choice(("support", "refute", "silent")),
            )
            for assessment, person in rng.sample(said, min(60, len(said)))
        ]
    )  # fmt: skip
    adopted = number < 12
    records.decisions.add(
        [
            Decision(
                proposal=proposal.id, round=1 + number % 8, by="loop", decision="adopted" if adopted else "rejected",
                reason=None if adopted else "no_evidence", note="as the trial says",
            )
        ]
    )  # fmt: skip
    for id_ in planned[:6]:
        records.rankings.add([_ranked(rng, base, id_), _ranked(rng, after, id_)])


def _summary(calls: int, data: str, spec: str) -> JsonValue:
    return {
        "stop_reason": "rounds", "rounds": 8, "evidence": "likely", "alpha": 0.05, "q": 0.1,
        "notice": "Synthetic: made to measure the pages.", "calls": {"ranker": calls}, "failed_calls": calls // 200,
        "proposals": {"made": 0, "tried": 0, "adopted": 0, "proven": 0, "waiting": 0}, "adopted": [], "rejected": {},
        "agreement": [], "sealed_test": None, "sealed_note": "Nothing was sealed.", "use": None,
        "data": {"digest": data, "block": "world", "conversations": {}, "participants": 0, "assessments": 0, "not_used": {}},
        "provenance": {
            "concord": "made up", "spec": spec, "proven": spec, "likely": spec, "models": {}, "served": [], "templates": {}, "seed": 0,
            "split_seed": 0,
        },
    }  # fmt: skip


def _conflicts(proposal: Proposal, spec: Spec, rng: random.Random) -> ConflictRecord:
    """Ten sections beside it, of which it may contradict one."""
    sentence = proposal.edits[0].text
    pairs = []
    for id_ in rng.sample(spec.ids, min(10, len(spec.ids))):
        text = spec.body_of(id_).strip()
        passage = SpecPassage(what="section", section=id_, authority="user", text=text)
        pairs.append(
            Compared(
                passage=passage, contradicts=rng.random() < 0.05, changed=sentence, other=text, reason="Both are asked for.",
                call=content_id("call", 0),
            )
        )  # fmt: skip
    return ConflictRecord(proposal=proposal.id, round=1, text=spec.digest, pairs=tuple(pairs))
