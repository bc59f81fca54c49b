"""Text from data, models and people on a terminal: shown, and obeyed nowhere, by whichever command prints it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from concord.agents.records import Ranked, Verdict
from concord.api.answers import note_question
from concord.graph.question import Question
from concord.graph.records import Decision
from concord.graph.run_records import RunRecords
from concord.models.records import CallRecord, Where
from concord.panel.ranking import Ranking
from concord.review.question import show_question
from concord.review.terminal import Terminal
from concord.spec import Edit, Flag, Proposal, Spec
from concord.trials.records import Trial

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
Concord = Callable[..., Any]
"""The fixture of conftest.py."""

ATTACKS = {
    "clipboard": "\x1b]52;c;aGFoYQ==\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "colour": "\x1b[31mred\x1b[0m",
    "clear screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "C1": "\x9b31m\x9d52;c;x\x9c",
    "C0": "\x00\x08\x0b\x0e",
    "bidi": "\u202eabc\u202c \u2066x\u2069",
    "tags": "\U000e0041\U000e0042",
    "line separator": "a\u2028b\u0085c",
    "return": "good\rbad",
    "markup": "[bold red]x[/] [link=http://evil.example]y[/link] :smile:",
}
HOSTILE = " ".join(ATTACKS.values())
OBEYED = set("\x1b\x07\x9b\x9d\x9c\x00\x08\x0b\x0e\r\u202e\u202c\u2066\u2069\u2028\u0085\U000e0041")


def harmless(text: str) -> None:
    assert not OBEYED & set(text), sorted(map(ascii, OBEYED & set(text)))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_one_console_spells_out_whatever_it_is_given(attack: str) -> None:
    table = Table("head")
    table.add_row(attack)
    tree = Tree(attack)
    tree.add(attack)
    for thing in (attack, Text(attack), table, tree):
        written = io.StringIO()
        Terminal(file=written, width=200).print(thing)
        harmless(written.getvalue())


def test_markup_and_picture_names_stay_as_they_were_written() -> None:
    written = io.StringIO()
    Terminal(file=written, width=200).print(ATTACKS["markup"])
    assert written.getvalue() == ATTACKS["markup"] + "\n"


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_document_is_inert_on_a_terminal_and_exact_in_a_file() -> None:
    screen, file = Screen(), io.StringIO()
    Terminal(file=screen, width=200).put(f"+{HOSTILE}\n")
    Terminal(file=file).put(f"+{HOSTILE}\r\n")
    harmless(screen.getvalue())
    assert file.getvalue() == f"+{HOSTILE}\r\n"


@pytest.fixture
def run(tmp_path: Path) -> str:
    """A paused run in which every text that a model or a person wrote is hostile."""
    folder = tmp_path / "home" / "evil"
    folder.mkdir(parents=True)
    store = RunRecords.create(folder)
    spec = Spec.parse(f"# Title {HOSTILE} {{#one}}\n\nText must be short.\n")
    base = store.put_text(spec.text)
    candidate = store.put_text(spec.text.replace("short", f"kind {HOSTILE}"))
    edit = Edit(op="replace", section="one", anchor="short", text=f"kind {HOSTILE}")
    proposal = Proposal(
        edits=(edit,), intent=f"Be kind {HOSTILE}", kind="clarification", origin="batch",
        conversations=(f"c {HOSTILE}",),
    )  # fmt: skip
    store.proposals.add([proposal])
    where = Where(round=1, node="trial", subject=proposal.id)
    common = {"where": where, "role": "ranker", "model": f"m {HOSTILE}", "template": "ranker@1"}
    for id_, status, failure in (("call1", "answered", ""), ("call2", "failed", f"no {HOSTILE}")):
        store.calls.put(
            CallRecord.model_validate(
                {**common, "id": id_, "status": status, "failure": failure, "raw": f"raw {HOSTILE}",
                 "parts": (("system", f"part {HOSTILE}"),), "answer": {"ranking": f"A>B {HOSTILE}"}}
            )
        )  # fmt: skip
    store.rankings.add(
        [
            Ranked(
                call="call1", question="q", conversation="c1", spec=base, sections=("one",), order=("A", "B"),
                ranking=Ranking.parse("A>B"), explanation=f"because {HOSTILE}",
            )
        ]
    )  # fmt: skip
    store.trials.add([trial(proposal.id, base, candidate)])
    store.verdicts.add(
        [
            Verdict(
                proposal=proposal.id, assessment="a", participant=f"p {HOSTILE}", stance="support", source="m"
            )
        ]
    )
    store.decisions.add(
        [
            Decision(
                proposal=proposal.id, round=1, by=f"Eve {HOSTILE}", decision="set_aside", note=f"no {HOSTILE}"
            )
        ]
    )
    note_question(store, asked(proposal))
    store.close()
    return proposal.id


def asked(proposal: Proposal) -> Question:
    flag = Flag(kind="modal", section="one", sentence=f"must became should {HOSTILE}")
    return Question(
        proposal=proposal.id, number=1, of=1, round=1, intent=proposal.intent, kind=proposal.kind,
        origin=proposal.origin, label="likely", needs_person=False, reason=f"why {HOSTILE}", effect=None, support=None,
        redline=f"[-x-]{{+{HOSTILE}+}}", flags=(flag,),
    )  # fmt: skip


def test_the_question_to_a_reviewer(run: str) -> None:
    edit = Edit(op="replace", section="one", anchor="short", text=HOSTILE)
    proposal = Proposal(edits=(edit,), intent=f"Be kind {HOSTILE}", kind="clarification", origin="batch")
    written = io.StringIO()
    show_question(Terminal(file=written), asked(proposal))
    harmless(written.getvalue())
    assert "adopt" in written.getvalue()


def trial(proposal: str, base: str, candidate: str) -> Trial:
    return Trial(
        proposal=proposal, round=1, stage="trial", base=base, candidate=candidate, rule="gaffke", alpha=0.01,
        planned=("c1",), differences=(0.5,), looks=(), outcome="positive", reason=f"+5 points {HOSTILE}",
    )  # fmt: skip


def test_every_command_that_shows_a_run(run: str, concord: Concord) -> None:
    for words in (
        ("trace", "evil"),
        ("trace", "evil", "--call", "call1"),
        ("trace", "evil", "--call", "call2"),
        ("trace", "evil", "--proposal", run),
        ("trace", "evil", "--conversation", "c1"),
        ("trace", "evil", "--failed"),
        ("trace", "evil", "--grep", "part"),
        ("runs",),
        ("decide", "evil", run, "defer", "--name", f"Eve {HOSTILE}", "--note", f"why {HOSTILE}"),
    ):
        for form in ((), ("--json",)):
            printed = concord(*words, *form)
            assert printed.code == 0, (words, printed.err)
            harmless(printed.out + printed.err)
            if form:
                json.loads(printed.out)


def test_a_message_of_any_command_is_one_harmless_line(concord: Concord) -> None:
    for words in (
        ("trace", f"no {HOSTILE.replace(chr(0), '')}"),
        ("spec", "show", EXAMPLE / "spec.md", "--section", HOSTILE),
        ("run", "--resume", "x", "--rule", HOSTILE),
        ("decide", "x", HOSTILE, HOSTILE, "--name", "n", "--note", "n"),
        ("eval", HOSTILE),
        (f"--{HOSTILE}",),
    ):
        printed = concord(*words)
        assert printed.code == 2
        harmless(printed.err)
        assert printed.err.count("\n") == 1


def test_specs_and_data(concord: Concord, tmp_path: Path) -> None:
    text = HOSTILE.replace("\x00", "").replace("\r", "")
    (tmp_path / "a.md").write_text(f"# Title {text} {{#one}}\n\nText {text}.\n")
    (tmp_path / "b.md").write_text(f"# Title {text} {{#one}}\n\nOther {text}.\n")
    line = {
        "prompt": text, "responses": {"A": text, "B": "No."}, "ranking": "A>B", "rationale": text,
        "participant": f"p {text}", "demographics": {text: text},
    }  # fmt: skip
    (tmp_path / "d.jsonl").write_text(json.dumps(line) + "\nnot JSON\n")
    for words in (
        ("spec", "show", "a.md"),
        ("spec", "show", "a.md", "--section", "one"),
        ("spec", "diff", "a.md", "b.md"),
        ("spec", "diff", "a.md", "b.md", "--format", "html"),
        ("data", "inspect", "d.jsonl"),
        ("data", "inspect", "d.jsonl", "--json"),
    ):
        printed = concord(*words)
        assert printed.code == 0, (words, printed.err)
        harmless(printed.out + printed.err)


def test_no_command_prints_past_the_one_console() -> None:
    """Whatever writes to the streams by itself would print data raw."""
    root = EXAMPLE.parent
    allowed = {"cli/app.py", "review/terminal.py"}  # its own help; the one console
    for room in ("cli", "review", "api"):
        for path in (root / room).rglob("*.py"):
            text, name = path.read_text(encoding="utf-8"), str(path.relative_to(root))
            for way in (
                "typer.echo",
                "sys.stdout.write",
                "print(file",
                "\n    print(",
                "write_text(",
                "Console()",
            ):
                assert way not in text or name in allowed, f"{name} prints with {way}"
