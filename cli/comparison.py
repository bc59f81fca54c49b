"""How a comparison of readers is printed: readers, differences, sections."""

from rich.console import Console

from ..review.compare_records import Comparison
from ..review.printing import count, interval, money, points, show_json, show_notice, table
from ..spec import visible


def show_comparison(console: Console, found: Comparison, *, as_json: bool) -> None:
    """Print the figures; readers are numbered where their names would not fit."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    for notice in dict.fromkeys((found.notice, *(reader.notice for reader in found.readers))):
        show_notice(console, notice)
    console.print(
        f"{count(found.conversations, 'open conversation')}, "
        f"ranking block {found.block}, context {found.context}\n"
    )
    _readers(console, found)
    _pairs(console, found)
    _sections(console, found)
    graded = found.relevance
    console.print(
        f"Relevance was graded once for all: {count(graded.calls, 'call')}, "
        f"{graded.input_tokens + graded.output_tokens:,} tokens, cost {money(graded.usd)}."
    )


def _readers(console: Console, found: Comparison) -> None:
    shown = table("reader", "agreement", "95 % interval", "other order", "asked again")
    spent = table("reader", "calls", "cached", "failed", "tokens", "dollars")
    for number, reader in enumerate(found.readers, start=1):
        name = f"{number} {visible(reader.model)}"
        shown.add_row(
            name, points(reader.level.estimate), interval(reader.level),
            points(reader.order_consistency.estimate), points(reader.self_consistency.estimate),
        )  # fmt: skip
        took = reader.spent
        spent.add_row(
            name, f"{took.calls:,}", f"{took.cached:,}", f"{reader.failed:,}",
            f"{took.input_tokens + took.output_tokens:,}", money(took.usd),
        )  # fmt: skip
    console.print(shown)
    console.print("Other order, asked again: how alike its rankings are then, 100 for the same.\n")
    console.print(spent)
    console.print()


def _pairs(console: Console, found: Comparison) -> None:
    if not found.pairs:
        return
    numbers = {reader.model: number for number, reader in enumerate(found.readers, start=1)}
    shown = table("difference", "points", "95 % interval", "likeness")
    for pair in found.pairs:
        shown.add_row(
            f"{numbers[pair.second]} minus {numbers[pair.first]}",
            points(pair.difference.estimate, sign=True), interval(pair.difference, sign=True),
            points(pair.likeness.estimate),
        )  # fmt: skip
    console.print(shown)
    console.print()


def _sections(console: Console, found: Comparison) -> None:
    levels = [{one.section: one for one in reader.sections} for reader in found.readers]
    ids = list(dict.fromkeys(id_ for known in levels for id_ in known))
    if not ids:
        console.print("No conversation has relevance 5 to any section.\n")
        return
    shown = table("section", "conversations", *(str(number + 1) for number in range(len(levels))))
    for id_ in ids:
        most = max(known[id_].conversations for known in levels if id_ in known)
        shown.add_row(
            visible(id_),
            str(most),
            *(points(known[id_].level.estimate) if id_ in known else "–" for known in levels),
        )
    console.print(shown)
    console.print("A section's conversations are those with relevance 5 to it.\n")
