"""What a release did, in words for a terminal."""

from pathlib import Path

from rich.console import Console

from ..spec import visible
from .release_records import Released

FINDS = 20
"""Finds shown; how many there are is always said."""


def show_release(console: Console, made: Released, folder: Path) -> None:
    """Print what was written, what was merged and withheld, and what a person should read."""
    console.print(
        f"{made.conversations:,} conversations, {made.participants:,} participants, {made.assessments:,} assessments → "
        f"{visible(str(folder))}",
        soft_wrap=True,
    )
    console.print(f"demographics: at least {made.smallest_group} people look alike (k = {made.k})")
    for one in made.merged:
        shown = ", ".join(visible(value) for value in one.values[:12]) + (
            ", …" if len(one.values) > 12 else ""
        )
        console.print(
            f"  {visible(one.attribute)}: {shown} ({one.people} people) became “{one.into}”", soft_wrap=True
        )
    for name, people in made.withheld.items():
        console.print(f"  {visible(name)}: withheld for {people} people who would have stood out")
    for name in made.dropped:
        console.print(f"  {visible(name)}: left out")
    if made.finds:
        console.print(f"{len(made.finds):,} finds in texts; read them before you give anything away:")
        for find in made.finds[:FINDS]:
            done = "replaced" if find.masked else "left"
            whose = "" if find.by == "participant" else ", in a prompt or response"
            console.print(
                f"  {find.kind} ({done}{whose}) {find.where}: …{visible(find.text)}…", soft_wrap=True
            )
        if len(made.finds) > FINDS:
            console.print(f"  and {len(made.finds) - FINDS:,} more: --json lists all")
    console.print(f"{len(made.files)} files; `sha256sum --check SHA256SUMS` in the folder checks them")
