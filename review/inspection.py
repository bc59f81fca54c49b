"""What was found in participant data, as text or as JSON."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from ..agreement.carefulness import Careless
from ..panel.inspect import Inspection, Sample
from ..spec import visible
from .printing import count, show_json

VALUES = 12
"""Values of one vocabulary that are shown; how many there are is always said."""


SHOWN_CARELESS = 5
"""Participants with signs of carelessness that are listed; how many there are is always said."""
SIGNS: Mapping[str, str] = {
    "copied": "wrote what others wrote word for word",
    "always_alike": "gave the same ranking nearly always",
    "like_chance": "agree with the others like chance",
}


def show_inspection(
    console: Console, found: Inspection, suspects: Sequence[Careless] = (), *, as_json: bool
) -> None:
    """Print counts, vocabularies, signs of carelessness and problems."""
    if as_json:
        careless = [each.model_dump(mode="json") for each in suspects]
        show_json(console, {**found.model_dump(mode="json"), "careless": careless})
        return
    console.print(
        f"{found.conversations:,} conversations ({found.without_assessments:,} nobody assessed), "
        f"{found.participants:,} participants, {found.assessments:,} assessments"
    )
    console.print(
        f"participants a conversation: {found.raters.least} to {found.raters.most}, median {found.raters.median:g}; "
        f"conversations a participant: {found.tasks.least} to {found.tasks.most}, median {found.tasks.median:g}; "
        f"duplicate cells: {found.duplicate_cells:,}"
    )
    for name, shape in found.blocks.items():
        if shape.rankings:
            console.print(
                f"{name} rankings: {shape.rankings:,}, with a tie {_share(shape.with_tie, shape.rankings)}, all tied "
                f"{_share(shape.tie_all, shape.rankings)}; rationales {shape.rationales:,}, under 20 characters "
                f"{shape.short_rationales:,}, median {shape.median_rationale:g} characters"
            )
    if (rubrics := found.rubrics) is not None:
        console.print(
            f"rubric items: {rubrics.items:,} on {count(rubrics.conversations, 'conversation')} ({rubrics.own:,} by "
            f"participants, {rubrics.core:,} core); {rubrics.scores:,} scores by {count(rubrics.scorers, 'participant')}, "
            f"{rubrics.points.least:+d} to {rubrics.points.most:+d} points, {rubrics.negative:,} below 0"
        )
    for name, values in found.vocabularies.items():
        told = count(len(values), "value") if values else "never given"
        console.print(f"\n{visible(name)}: {told}")
        _vocabulary(console, values)
    _splits(console, found)
    _leaks(console, found)
    _careless(console, suspects)
    if found.sample:
        _sample(console, found.sample)
    console.print()
    if not found.problems:
        console.print("no problems")
    for problem in found.problems:
        lost = f", {problem.dropped:,} left out" if problem.dropped else ""
        console.print(f"{problem.kind}: {problem.count:,}{lost}")
        for example in problem.examples:
            console.print(
                f"  {visible(example.file)}:{example.line} {visible(example.subject)}: {visible(example.message)}"
            )


def _careless(console: Console, suspects: Sequence[Careless]) -> None:
    """A reason to look, no verdict: a person with views of their own can look the same."""
    if not suspects:
        console.print("\nno participant shows signs of carelessness")
        return
    console.print(
        f"\n{count(len(suspects), 'participant')} with signs of carelessness (a reason to look, no verdict):"
    )
    for each in suspects[:SHOWN_CARELESS]:
        told = ", ".join(SIGNS[sign] for sign in each.signs)
        console.print(f"  {visible(each.participant)}: {told} ({count(each.rankings, 'ranking')})")
    console.print("  left out of a run with --exclude-careless")


def _splits(console: Console, found: Inspection) -> None:
    sizes = ", ".join(f"{name} {size:,}" for name, size in found.splits.items())
    console.print(f"\nsplit sizes: {sizes}; {count(found.reserved, 'participant')} held in reserve")


def _leaks(console: Console, found: Inspection) -> None:
    leaks = found.leaks
    console.print(
        f"shared prompts: {leaks.shared_prompts:,}, in {count(leaks.conversations_sharing, 'conversation')} (kept in "
        f"one split each); reasons used again on another conversation: {leaks.reused_reasons:,}, of them by more than "
        f"one person {leaks.copied_between_people:,}"
    )
    for shared in (*leaks.prompts, *leaks.reasons):
        people = f", {count(len(shared.participants), 'participant')}" if shared.participants else ""
        where = count(len(shared.conversations), "conversation")
        console.print(f"  {where}{people}: {_short(shared.text, 90)}")


def _sample(console: Console, sample: Sample) -> None:
    console.print(f"\na sample, conversation {visible(sample.conversation)}: {_short(sample.prompt, 200)}")
    for label, text in sample.responses.items():
        console.print(f"  {visible(label)}: {_short(text, 140)}")
    if sample.ranking:
        console.print(
            f"  {visible(sample.participant)} ranked {sample.ranking}: {_short(sample.rationale, 200) or 'no reason'}"
        )


def _short(text: str, most: int) -> str:
    """One line of a text, cut at a word and marked where it was cut."""
    line = " ".join(visible(text).split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " […]"


def _vocabulary(console: Console, values: Mapping[str, int]) -> None:
    for value, times in list(values.items())[:VALUES]:
        console.print(f"  {times:8,}  {visible(value)[:110]}")
    if len(values) > VALUES:
        console.print(f"            … {len(values) - VALUES} more")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
