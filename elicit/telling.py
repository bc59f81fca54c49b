"""What `concord elicit` prints."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ..errors import OptionError
from ..review.printing import count, money, show_json, show_notice, table
from .export import Exported
from .prepared import ITEMS, PreparedItem
from .progress import StudyProgress

_SHOWN = 20


def show_prepared(
    console: Console, folder: Path, items: Sequence[PreparedItem], *, as_json: bool, failed: int = 0, calls: int = 0,
    usd: float | None = 0.0, notices: Sequence[str] = (),
) -> None:  # fmt: skip
    """What was written, which prompts a person should look at, and what to do next."""
    kept = [item for item in items if item.usable]
    marked = [item for item in items if item.note or not item.usable]
    decided = [item.spread.decided for item in kept if item.spread and item.spread.decided is not None]
    wording = [item.spread.wording for item in kept if item.spread]
    if as_json:
        show_json(
            console,
            {
                "study": str(folder), "prompts": len(kept), "dropped": len(items) - len(kept), "failed_calls": failed,
                "calls": calls, "usd": usd,
                "decided": sum(decided) / len(decided) if decided else None,
                "wording": sum(wording) / len(wording) if wording else None,
                "look_at": [{"id": item.id, "note": item.note, "dropped": not item.usable} for item in marked],
            },
        )  # fmt: skip
        return
    for notice in notices:
        show_notice(console, notice)
    shown = table("section", "prompts", "responses", "decided", "wording")
    for section in dict.fromkeys(item.section for item in items):
        here = [item for item in kept if item.section == section]
        shown.add_row(
            section or "(none)", f"{len(here)}", f"{sum(len(item.kept) for item in here)}",
            _share([item.spread.decided for item in here if item.spread]), _share([item.spread.wording for item in here if item.spread]),
        )  # fmt: skip
    console.print(shown)
    console.print(
        "decided: share of the pairs of responses that the section's text puts in one order, as a ranker reads it in two "
        "orders; wording: 1 less the likeness of two responses' words",
        soft_wrap=True,
    )
    for item in marked[:_SHOWN]:
        console.print(f"{'dropped' if not item.usable else 'look at'} {item.id}: {item.note}", soft_wrap=True)
    if len(marked) > _SHOWN:
        console.print(f"and {len(marked) - _SHOWN} more with a note")
    if failed:
        console.print(f"{count(failed, 'call')} failed: what they should have written is missing")
    if calls:
        console.print(f"{count(calls, 'call')}, {money(usd)}")
    console.print(
        f"Review {folder / ITEMS} (edit, or write drop: true) and the .toml files beside it, then invite people: "
        f"concord elicit links {folder}",
        soft_wrap=True,
    )


def show_links(console: Console, url: str, made: Sequence[tuple[int, str]], out: Path | None) -> None:
    """(seat, token) as CSV: to a file that its owner alone can read, or printed. Raises OptionError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("seat", "link"))
    writer.writerows((seat, f"{url}/s/{token}") for seat, token in made)
    if out is None:
        console.print(text.getvalue().rstrip("\n"), soft_wrap=True)
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise OptionError(
            f"{out}: the links can't be written there ({problem.strerror}); they are made, and `--renew SEAT` makes "
            "others for them"
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text.getvalue())
    console.print(f"{count(len(made), 'link')} in {out}", soft_wrap=True)


def show_progress(console: Console, progress: StudyProgress, *, as_json: bool) -> None:
    if as_json:
        show_json(console, {**progress.model_dump(mode="json"), "lacking": progress.lacking})
        return
    console.print(
        f"The study is {progress.status}. {count(progress.invited, 'person').replace('persons', 'people')} invited, "
        f"{progress.begun} begun, {progress.finished} through.",
        soft_wrap=True,
    )
    pace = (
        "" if progress.minutes_per_prompt is None else f", {progress.minutes_per_prompt:.1f} minutes a prompt"
    )
    console.print(f"{count(progress.assessments, 'ranking')}, {progress.lacking:,} lacking{pace}.")
    lacking = [cell for cell in progress.cells if cell.lacking]
    if lacking:
        shown = table("lacks raters", "has", "wants", "planned")
        for cell in lacking[:_SHOWN]:
            shown.add_row(
                " ".join(cell.asked.split())[:70], f"{cell.raters}", f"{cell.wanted}", f"{cell.planned}"
            )
        console.print(shown)
        if len(lacking) > _SHOWN:
            console.print(f"and {len(lacking) - _SHOWN} more")


def show_exported(console: Console, out: Path, told: Exported, *, late: bool, as_json: bool) -> None:
    if as_json:
        show_json(console, {"out": str(out), **told.model_dump(mode="json")})
        return
    console.print(
        f"{count(told.assessments, 'assessment')} of {count(told.people, 'person').replace('persons', 'people')} on "
        f"{count(told.conversations, 'conversation')} in {out}",
        soft_wrap=True,
    )
    if told.late:
        console.print(
            f"{count(told.late, 'answer')} came after the study was closed: {'taken in' if late else 'left out, --late takes them in'}"
        )


def _share(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.2f}" if known else "–"
