"""The sealed test as rows: its arms, and the references beside them."""

from ..graph.records import Figure
from ..graph.sealed_records import SealedTest


def arms(sealed: SealedTest) -> list[tuple[str, Figure]]:
    """Name and figure of each row, in the order in which they are read."""
    return [
        ("original spec", sealed.original),
        ("proven text", sealed.proven.agreement),
        ("likely text", sealed.likely.agreement),
        ("no spec", sealed.no_spec),
        ("best single ranking (in-sample bound)", sealed.best_single),
        ("leave-one-out consensus", sealed.leave_one_out),
        ("one person against another", sealed.one_person),
        ("longest response", sealed.longest),
        ("random", sealed.random),
    ]
