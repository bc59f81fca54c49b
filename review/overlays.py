"""Overlays for a reader: as files in a run's folder, at the end of a run, and joined with the common text."""

import hashlib
import re
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from ..errors import RunError
from ..graph.groups import joined
from ..graph.launching import Finished
from ..graph.run_records import RunRecords
from ..graph.sealed_records import OverlayFigures, SealedTest
from ..graph.summary import Adopted, OverlayText, Summary
from ..graph.texts import Texts
from ..spec import Spec, changed_sections, redline, unified_patch, visible, write_patch
from ..store.runs import RunFolder, write_atomically
from .printing import count, indented, interval, points, table
from .redlines import show_redline

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST = 48


def file_names(groups: Iterable[str]) -> dict[str, str]:
    """Group to the name of its files, without the ending: a value out of the data is never a path."""
    found: dict[str, str] = {}
    for group in groups:
        plain = _NOT_IN_A_NAME.sub("-", group.lower()).strip("-")[:_LONGEST].strip("-")
        if not plain or plain in found.values():
            mark = hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()[:8]
            plain = f"{plain}-{mark}".strip("-")
        found[group] = plain
    return found


def write_overlays(folder: RunFolder, ended: Finished) -> None:
    """`NAME.md` and `NAME.patch` for each group: what its text has otherwise than the common one, and the patch that
    turns `spec.md` into it."""
    summary, texts = ended.summary, ended.context.texts
    names = file_names(overlay.group for overlay in summary.overlays)
    folder.overlays.mkdir(exist_ok=True)
    for overlay in summary.overlays:
        spec = texts.spec(overlay.text)
        path = folder.overlays / f"{names[overlay.group]}.md"
        write_atomically(path, overlay_page(overlay, summary, ended.spec, spec))
        write_patch(unified_patch(ended.spec.text, spec.text, "spec.md"), path.with_suffix(".patch"))


def overlay_page(overlay: OverlayText, summary: Summary, common: Spec, spec: Spec) -> str:
    """The overlay alone: its edits with their evidence, and the sections that it changes as they read with it."""
    lines = [f"# Overlay of {_line(overlay.group)}", ""]
    if not overlay.edits:
        told = (
            "Nothing: no edit was shown to be wanted by this group alone."
            if overlay.tested
            else "Nothing: the group is too small to show what only it wants."
        )
        return "\n".join([*lines, f"{told} The common text in `spec.md` holds for it.", ""])
    lines += [
        f"What the text of this group ({_people(overlay.participants)}) has otherwise than `spec.md`. The patch beside "
        "this file turns `spec.md` into the joined text.",
        "",
    ]
    adopted = {each.id: each for each in summary.adopted}
    for id_ in overlay.edits:
        each = adopted[id_]
        lines.append(f"- {_line(each.intent)} ({_evidence(each)})")
    if figures := next((each for each in _sealed(summary) if each.group == overlay.group), None):
        lines += [
            "",
            f"On sealed conversations it adds {points(figures.gain.estimate, sign=True)} points for the group "
            f"({interval(figures.gain, sign=True)}), {_noise(figures.more_than_noise)}.",
        ]
    for section in changed_sections(common, spec):
        if section in spec:
            lines += ["", spec.source_of(section).rstrip("\n")]
        else:
            lines += ["", f"Section `{section}` is left out."]
    return "\n".join([*lines, ""])


def joined_text(records: RunRecords, summary: Summary, name: str) -> Spec:
    """The common text with the overlay of the group called `name`. Raises RunError where there is none."""
    found = [each for each in summary.overlays if each.group == name]
    by_file = {file: group for group, file in file_names(each.group for each in summary.overlays).items()}
    if not found and name in by_file:
        found = [each for each in summary.overlays if each.group == by_file[name]]
    if not found:
        known = ", ".join(visible(each.group) for each in summary.overlays)
        raise RunError(
            f"the run has no overlay {name!r}"
            + (f": its groups are {known}" if known else ": it was launched without --per-group")
        )
    return joined(Texts(records), records, summary.provenance.likely, found[0].edits)


def show_overlays(console: Console, ended: Finished) -> None:
    """Print each group's overlay: its edits with evidence and redline."""
    summary, records = ended.summary, ended.context.records
    adopted = {each.id: each for each in summary.adopted}
    for overlay in summary.overlays:
        spec = ended.spec
        size = _people(overlay.participants)
        if not overlay.edits:
            why = "" if overlay.tested else ": too small a group to show what only it wants"
            console.print(f"\nOverlay of {visible(overlay.group)} ({size}): empty{why}")
            continue
        console.print(Text(f"\nOverlay of {visible(overlay.group)} ({size})", style="bold"))
        for id_ in overlay.edits:
            after = joined(ended.context.texts, records, spec.digest, [id_])
            ended.context.texts.keep(after)
            indented(console, f"{visible(adopted[id_].intent)} ({_evidence(adopted[id_])})")
            show_redline(console, redline(spec.text, after.text), indent=2)
            spec = after


def show_overlay_figures(console: Console, sealed: SealedTest) -> None:
    """Print what the sealed test says of each overlay."""
    if not sealed.overlays:
        return
    shown = table(
        "Overlay, on the sealed test",
        "people",
        "common text",
        "with overlay",
        "gain",
        "95 % interval",
        "others",
    )
    for each in sealed.overlays:
        shown.add_row(
            visible(each.group), str(each.participants), points(each.common.estimate), points(each.joined.estimate),
            points(each.gain.estimate, sign=True), interval(each.gain, sign=True), points(each.others.estimate, sign=True),
        )  # fmt: skip
    console.print()
    console.print(shown)
    for each in sealed.overlays:
        console.print(f"{visible(each.group)}: {_noise(each.more_than_noise)}. {each.note}")


def _sealed(summary: Summary) -> tuple[OverlayFigures, ...]:
    return summary.sealed_test.overlays if summary.sealed_test else ()


def _noise(more: bool) -> str:
    return "more than noise" if more else "not more than noise could give"


def _evidence(adopted: Adopted) -> str:
    if adopted.effect is None:
        return adopted.label
    effect = adopted.effect
    return (
        f"{adopted.label}; {points(effect.mean, sign=True)} points for the group, {points(effect.low, sign=True)} to "
        f"{points(effect.high, sign=True)}, on {count(effect.items, 'conversation')}"
    )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _line(text: str) -> str:
    return " ".join(visible(text).split())
