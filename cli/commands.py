"""The commands by name. A command's module is imported when it is called, so that `concord --help` comes up at once."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "Revise a spec until it agrees with the people."),
    "decide": ("decide", "Answer a paused run: adopt, defer, set_aside or stop."),
    "review": ("review", "Pages in a browser: see what the agents did, and decide."),
    "report": ("report", "One HTML file about a run, offline and printable."),
    "export": ("export", "Revised spec, patch, changelog, docket and rankings, as files."),
    "propose": ("propose", "Test a person's own proposals, as the loop tests its own."),
    "validate": ("validate", "What people's words say to a proposal, and nothing else."),
    "draft": ("draft", "What to know of one section before writing a proposal."),
    "runs": ("runs", "The runs that there are, and how each stands."),
    "trace": ("trace", "What the agents of a run did, call by call."),
    "verify": ("verify", "Whether a run's digests and figures hold, from its stored rankings."),
    "agreement": ("agreement", "How far a ranker under a spec agrees with the people."),
    "groups": ("groups", "Groups of people: whom a text serves worst, and what parts them."),
    "compare": ("compare", "Several base models as readers of one spec."),
    "calibrate": (
        "calibrate",
        "Measure a base model as a reader: its errors, and what moves it that should not.",
    ),
    "behave": ("behave", "What a model answers under the old and the new text."),
    "elicit": ("elicit", "Ask people: prepare a study, serve its pages, take its data."),
    "spec": ("spec", "Look at specs: their sections, and what changed."),
    "data": ("data", "Look at participant data."),
    "release": ("release", "A dataset to give away: hashed ids, k-anonymous people, a data card."),
    "models": ("models", "Base models: what is known, and a check of one."),
    "eval": ("evals", "Measure Concord itself."),
}
"""Name to its module here, which holds a typer `app`, and to its line in the help; in the order of the help."""


def add_all(app: typer.Typer) -> None:
    """Add every command to `app`. A line says what it is; all else it reads when it is called."""
    for name, (module, about) in COMMANDS.items():
        app.command(
            name,
            short_help=about,
            context_settings={
                "allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False,
                "help_option_names": [],
            },
        )(_later(name, module))  # fmt: skip


def _later(name: str, module: str) -> Callable[[typer.Context], Any]:
    def call(context: typer.Context) -> Any:
        command = get_command(import_module(f".{module}", __package__).app)
        return command(args=context.args, prog_name=f"concord {name}", standalone_mode=False)

    return call
