"""Which items two sequences share, in order, with the work bounded whatever the input."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

MOST_STEPS = 600_000
"""Steps of the exact algorithm that one `Effort` holds: well below a second."""

MOST_STEPS_AT_ONCE = 100_000
"""Steps for one stretch: one that is hopeless must not use up what the others need."""

MOST_PASSES = 60
"""How often, on average, an item may be looked at for unique partners, counting from the whole down."""

_NOWHERE = -9


@dataclass(slots=True)
class Effort:
    """What is left to spend, shared by the calls of `match` that belong together."""

    steps: int = MOST_STEPS


@dataclass(frozen=True, slots=True)
class Block:
    """Items `a` to `a_end` of the one sequence against `b` to `b_end` of the other."""

    kind: Literal["equal", "change"]
    a: int
    a_end: int
    b: int
    b_end: int


def match(a: Sequence[str], b: Sequence[str], effort: Effort | None = None) -> list[Block]:
    """Blocks, alternately equal and changed, that tile both sequences.

    Common ends are cut off; then items that stand once in both are matched (patience diff: the longest
    increasing run of them), and so on between them; what has no such item is matched by the shortest edit
    script (Myers 1986, the greedy algorithm) while the effort lasts, and counts as changed after that.
    """
    matcher = _Matcher(a, b, effort or Effort())
    matcher.run()
    return _blocks(sorted(matcher.pairs), len(a), len(b))


@dataclass(slots=True)
class _Matcher:
    a: Sequence[str]
    b: Sequence[str]
    effort: Effort
    pairs: list[tuple[int, int]] = field(default_factory=list)

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
            else:
                self.pairs.extend((a + i, b + j) for i, j in self._common(self.a[a:a_end], self.b[b:b_end]))

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

    def _common(self, ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs of a longest common subsequence, last first; none when the effort doesn't reach that far."""
        furthest: dict[int, int] = {1: 0}
        past: list[dict[int, int]] = []
        steps = min(MOST_STEPS_AT_ONCE, self.effort.steps)
        self.effort.steps -= steps
        for changes in range(len(ours) + len(theirs) + 1):
            past.append(furthest.copy())
            for k in range(-changes, changes + 1, 2):
                start = x = _reach(furthest, k, len(ours), len(theirs))
                while x >= 0 and x < len(ours) and x - k < len(theirs) and ours[x] == theirs[x - k]:
                    x += 1
                furthest[k] = x
                steps -= 1 + x - start
                if x == len(ours) and x - k == len(theirs):
                    self.effort.steps += max(steps, 0)
                    return _walk_back(past, len(ours), len(theirs))
            if steps < 0:
                break
        return []


def _reach(furthest: dict[int, int], k: int, width: int, height: int) -> int:
    """How far along diagonal `k` one more change leads; negative when nowhere inside the grid."""
    right = furthest.get(k - 1, _NOWHERE)
    right = right + 1 if 0 <= right < width else _NOWHERE
    down = furthest.get(k + 1, _NOWHERE)
    return max(right, down if down - k <= height else _NOWHERE)


def _walk_back(past: list[dict[int, int]], width: int, height: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    x, y = width, height
    for furthest in reversed(past):
        k = x - y
        start = _reach(furthest, k, width, height)
        while x > start:
            x, y = x - 1, y - 1
            found.append((x, y))
        came_right = furthest.get(k - 1, _NOWHERE) + 1 == start
        x, y = (x - 1, y) if came_right else (x, y - 1)
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
