"""Base models for a reader: what is known, and what a check of one found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..models.config import ModelConfig
from ..models.registry import KnownModel
from ..spec import visible
from .printing import count, show_json, show_notice

if TYPE_CHECKING:  # a list of names comes up without the wire
    from ..models.check import CheckReport

FINDINGS = {
    "answers": "answers",
    "usage": "counts tokens",
    "strict_schema": "holds answers to a JSON schema",
    "json_mode": "has a JSON mode",
    "logprobs": "gives log-probabilities",
    "seed": "repeats itself under a seed",
    "reasoning": "reasons before it answers",
}
"""What was tried, in words."""


def show_known(
    console: Console, rows: Sequence[KnownModel], config: ModelConfig | None, *, as_json: bool
) -> None:
    """Print the kinds of base model that there are, and the short names of a models file."""
    named = short_names(config)
    if as_json:
        shown = {"known": [asdict(row) for row in rows], "named": named}
        show_json(console, shown)
        return
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("write", "for", "from", "ready"):
        table.add_column(column, overflow="fold")
    for row in rows:
        ready = "yes" if row.ready else f"no: pip install '{row.needs}'"
        table.add_row(row.form, row.about, row.source, ready)
    console.print(table)
    for name, uri in named.items():
        console.print(f"{visible(name)} stands for {visible(uri)}")
    console.print("\n`concord models check URI` asks one a few small questions and says what holds.")


def short_names(config: ModelConfig | None) -> Mapping[str, str]:
    """The names of a models file that stand for a URI."""
    return {name: said.uri for name, said in config.models.items() if said.uri} if config else {}


def show_check(console: Console, report: "CheckReport") -> None:
    """Print what was found, a sentence each; what stands in the way comes last."""
    console.print(Text(visible(report.uri), style="bold"))
    show_notice(console, report.notice)
    for found in report.findings:
        detail = found.detail if found.detail not in report.troubles else ""
        show_verdict(console, found.holds, FINDINGS.get(found.name, found.name.replace("_", " ")), detail)
    if report.latency is not None:
        console.print(
            f"{count(report.requests, 'request')}, {report.latency:.2f} s each (median), "
            f"{report.input_tokens:,} tokens in, {report.output_tokens:,} out."
        )
    for trouble in report.troubles:
        console.print(Text(f"Trouble: {visible(trouble)}.", style="yellow"))


def show_verdict(console: Console, holds: str, what: str, detail: str) -> None:
    """Print one line: yes, no or unknown, what was tried, and what there is to say about it."""
    line = Text(f"  {holds:8}", style={"yes": "green", "no": "red"}.get(holds, "yellow"))
    line.append(f"{what}: {visible(detail)}" if detail else what, style="default")
    console.print(line)
