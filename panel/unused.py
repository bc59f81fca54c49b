"""What of the data could not be used, by kind."""

from collections import Counter
from collections.abc import Mapping

from .records import Panel


def unused_items(panel: Panel) -> Mapping[str, int]:
    """Kind of problem to how many items it cost, the most frequent first; nothing for data that was used whole."""
    counts = Counter(problem.kind for problem in panel.problems if problem.dropped)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
