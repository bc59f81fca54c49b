"""The sealed test as rows: its arms, and the references beside them."""

from ..graph.summary import Figure, SealedTest


def arms(sealed: SealedTest) -> list[tuple[str, Figure]]:
    """Name and figure of each row, in the order in which they are read."""
    return [
        ("original spec", sealed.original),
        ("final spec", sealed.final),
        ("no spec", sealed.no_spec),
        ("best single ranking (in-sample bound)", sealed.best_single),
        ("leave-one-out consensus", sealed.leave_one_out),
        ("one person against another", sealed.one_person),
        ("longest response", sealed.longest),
        ("random", sealed.random),
    ]
