"""What a reviewer is shown before an adoption: the proposal, its evidence, its redline."""

from rich.console import Console

from ..graph.run_records import RunRecords
from ..spec import redline
from .redlines import show_redline
from .report import show_proposal


def show_question(console: Console, store: RunRecords, proposal: str) -> None:
    """Print one proposal that holds. Raises KeyError for one that the store hasn't got."""
    found = store.proposals.get(proposal)
    console.print()
    show_proposal(console, store, found, title="To decide,")
    if trials := store.trials.find(proposal=proposal):
        last = trials[-1]
        show_redline(console, redline(store.text(last.base), store.text(last.candidate)), indent=2)
