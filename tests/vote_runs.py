"""A small finished run whose one proposal forty people's words were read on, made without a base model."""

import json
from pathlib import Path

from concord.agents.records import Verdict
from concord.agreement.stances import Stance
from concord.api.config import ROLES
from concord.graph.options import Options
from concord.graph.records import Decision, SupportRecord
from concord.graph.run_records import RunRecords
from concord.graph.vote_records import Behaviour, Shown
from concord.graph.voting import weighed_verdicts
from concord.panel.importers.load import load
from concord.panel.records import Message
from concord.review.reading.run import RunReading
from concord.spec import Edit, Proposal, Spec, apply
from concord.store.runs import RunFolder, write_json
from concord.trials.records import Look, Trial

PEOPLE = tuple(f"p{number:02}" for number in range(40))
TRUTH: dict[str, Stance] = {
    who: "support" if number < 26 else "refute" if number < 36 else "silent"
    for number, who in enumerate(PEOPLE)
}
"""What they say when they are asked. The validator takes every fifth of them for silent."""


def vote_run(
    home: Path, *, text: str = "The answer must be kind.", intent: str = "Answer kindly.", mark: str = "asked"
) -> Path:
    """The run's folder, `home/asked-run`, with one adopted proposal that has two pairs of behaviours."""
    data = home / "data"
    data.mkdir(parents=True)
    with (data / "comparisons.jsonl").open("w", encoding="utf-8") as file:
        for number in range(20):
            line = {
                "prompt_id": f"c{number}",
                "prompt": {"messages": [{"role": "user", "content": f"What of case {number}?"}]},
                "responses": [
                    {"response_index": label, "messages": [{"role": "assistant", "content": label}]} for label in "AB"
                ],
                "metadata": {
                    "assessments": [
                        {"annotator_id": who, "ranking_blocks": {"unacceptable": [], "personal": [], "world": [{"ranking": "A>B", "rationale": "Kind."}]}}
                        for who in PEOPLE
                    ]
                },
            }  # fmt: skip
            file.write(json.dumps(line) + "\n")
    panel = load(data)
    spec = Spec.parse("# Top {#top}\n\n## Tone {#tone authority=user}\n\nThe answer must be short.\n")
    (home / "spec.md").write_text(spec.text, encoding="utf-8")
    folder = home / "asked-run"
    folder.mkdir()
    write_json(
        folder / "config.json",
        {
            "spec": str(home / "spec.md"), "data": str(data), "config": None, "limits": {},
            "options": Options().model_dump(mode="json"), "models": dict.fromkeys(ROLES, "embedded"),
            "spec_digest": spec.digest, "data_digest": panel.digest, "run": mark,
        },
    )  # fmt: skip
    records = RunRecords.create(folder)
    edit = Edit(op="replace", section="tone", anchor="The answer must be short.", text=text)
    made = Proposal(
        edits=(edit,),
        intent=intent,
        kind="clarification",
        origin="human",
        base=spec.digest,
        conversations=("c0",),
    )
    after = apply(spec, made.edits)
    for each in (spec, after):
        records.put_text(each.text)
    records.proposals.add([made])
    look = Look(n=4, mean=0.1, statistic=1.0, threshold=2.0, outcome="positive")
    records.trials.add(
        [
            Trial(
                proposal=made.id, round=1, stage="trial", base=spec.digest, candidate=after.digest, rule="gaffke",
                alpha=0.01, planned=("c0", "c1", "c2", "c3"), differences=(0.2, 0.1, 0.0, 0.1), looks=(look,),
                outcome="positive", calls=8, reason="It helped.",
            )
        ]
    )  # fmt: skip
    verdicts = [
        Verdict(
            proposal=made.id, assessment=next(a.id for a in panel.assessments if a.participant == who),
            participant=who, stance="silent" if number % 5 == 0 else TRUTH[who], source="embedded",
        )
        for number, who in enumerate(PEOPLE)
    ]  # fmt: skip
    records.verdicts.add(verdicts)
    records.support.put(
        SupportRecord(
            proposal=made.id, round=1, support=weighed_verdicts(verdicts, {}, seed=0), asked=len(verdicts)
        )
    )
    records.decisions.add([Decision(proposal=made.id, round=1, by="loop", decision="adopted")])
    for name in ("c1", "c2"):
        records.behaviours.put(
            behaviour(made.id, name, f"The old answer to {name}.", f"The new answer to {name}.")
        )
    records.flush()
    records.close()
    return folder


def behaviour(proposal: str, conversation: str, old: str, new: str) -> Behaviour:
    return Behaviour(
        proposal=proposal, conversation=conversation,
        messages=(Message(role="user", content=f"What of {conversation}?"),),
        old=Shown(text=old, spec="before", model="embedded", call="a" * 16),
        new=Shown(text=new, spec="after", model="embedded", call="b" * 16), seed=3,
    )  # fmt: skip


def reading_of(folder: Path) -> RunReading:
    return RunReading(RunFolder(folder), folder.parent / "indexes")
