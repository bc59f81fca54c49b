"""Which items two sequences share, in order, with the work bounded whatever the input."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

MOST_CELLS = 1_200_000
"""How many comparisons of the exact algorithm one call may spend; after that, stretches count as changed."""

MOST_PASSES = 60
"""How often, on average, an item may be looked at for unique partners, counting from the whole down."""


@dataclass(frozen=True, slots=True)
class Block:
    """Items `a` to `a_end` of the one sequence against `b` to `b_end` of the other."""

    kind: Literal["equal", "change"]
    a: int
    a_end: int
    b: int
    b_end: int


def match(a: Sequence[str], b: Sequence[str]) -> list[Block]:
    """Blocks, alternately equal and changed, that tile both sequences.

    Common ends are cut off; then items that stand once in both are matched (patience diff: the longest
    increasing run of them), and so on between them; what has no such item is matched exactly, by longest
    common subsequence, while `MOST_CELLS` lasts.
    """
    matcher = _Matcher(a, b)
    matcher.run()
    return _blocks(sorted(matcher.pairs), len(a), len(b))


@dataclass(slots=True)
class _Matcher:
    a: Sequence[str]
    b: Sequence[str]
    pairs: list[tuple[int, int]] = field(default_factory=list)
    cells: int = MOST_CELLS

    def run(self) -> None:
        waiting = [(0, len(self.a), 0, len(self.b))]
        looks = MOST_PASSES * (len(self.a) + len(self.b))
        while waiting:
            a, a_end, b, b_end = waiting.pop()
            while a < a_end and b < b_end and self.a[a] == self.b[b]:
                self.pairs.append((a, b))
                a, b = a + 1, b + 1
            while a < a_end and b < b_end and self.a[a_end - 1] == self.b[b_end - 1]:
                a_end, b_end = a_end - 1, b_end - 1
                self.pairs.append((a_end, b_end))
            if a == a_end or b == b_end:
                continue
            looks -= a_end - a + b_end - b
            if looks < 0:
                continue
            if anchors := self._unique(a, a_end, b, b_end):
                edges = [(a - 1, b - 1), *anchors, (a_end, b_end)]
                self.pairs.extend(anchors)
                waiting.extend(
                    (left[0] + 1, right[0], left[1] + 1, right[1])
                    for left, right in zip(edges[-2::-1], edges[:0:-1], strict=True)
                )
            elif (a_end - a) * (b_end - b) <= self.cells:
                self.cells -= (a_end - a) * (b_end - b)
                self.pairs.extend(self._common(a, a_end, b, b_end))

    def _unique(self, a: int, a_end: int, b: int, b_end: int) -> list[tuple[int, int]]:
        """The longest increasing run of pairs of items that stand once on either side."""
        once_a = Counter(self.a[a:a_end])
        once_b = Counter(self.b[b:b_end])
        places = {self.b[j]: j for j in range(b, b_end) if once_b[self.b[j]] == 1}
        candidates = [
            (i, places[self.a[i]]) for i in range(a, a_end) if once_a[self.a[i]] == 1 and self.a[i] in places
        ]
        tops: list[int] = []
        piles: list[int] = []
        back: list[int] = []
        for index, (_, j) in enumerate(candidates):
            pile = bisect_left(tops, j)
            back.append(piles[pile - 1] if pile else -1)
            tops[pile : pile + 1] = [j]
            piles[pile : pile + 1] = [index]
        run: list[tuple[int, int]] = []
        index = piles[-1] if piles else -1
        while index >= 0:
            run.append(candidates[index])
            index = back[index]
        return run[::-1]

    def _common(self, a: int, a_end: int, b: int, b_end: int) -> list[tuple[int, int]]:
        """A longest common subsequence, by the table of suffix lengths."""
        ours, theirs = self.a[a:a_end], self.b[b:b_end]
        width = len(theirs)
        table = [[0] * (width + 1)]
        for item in reversed(ours):
            below = table[-1]
            row = [0] * (width + 1)
            for j in range(width - 1, -1, -1):
                if item == theirs[j]:
                    row[j] = below[j + 1] + 1
                else:
                    row[j] = below[j] if below[j] >= row[j + 1] else row[j + 1]
            table.append(row)
        table.reverse()
        found: list[tuple[int, int]] = []
        i = j = 0
        while i < len(ours) and j < width:
            if ours[i] == theirs[j]:
                found.append((a + i, b + j))
                i, j = i + 1, j + 1
            elif table[i + 1][j] >= table[i][j + 1]:
                i += 1
            else:
                j += 1
        return found


def _blocks(pairs: list[tuple[int, int]], a_length: int, b_length: int) -> list[Block]:
    blocks: list[Block] = []
    a = b = start = 0
    for i, j in [*pairs, (a_length, b_length)]:
        if (i, j) == (a, b) and i < a_length and j < b_length:
            a, b = a + 1, b + 1
            continue
        if a > start:
            blocks.append(Block("equal", start, a, b - (a - start), b))
        if i > a or j > b:
            blocks.append(Block("change", a, i, b, j))
        start, a, b = i, i + 1, j + 1
    return blocks
