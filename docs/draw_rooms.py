"""Draws the rooms from the imports, as Mermaid. `python docs/draw_rooms.py` puts the picture into architecture.md."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms: begin -->\n", "<!-- rooms: end -->"
LEVELS = (
    ("cli",),
    ("evals",),
    ("example", "testing"),
    ("elicit",),
    ("api",),
    ("elicit",),
    ("review",),
    ("graph",),
    ("agents", "trials"),
    ("models",),
    ("store", "prompts"),
    ("agreement",),
    ("panel", "spec"),
)
"""From above; a room may import those on the levels below it only. The architecture test reads this list too."""


def imported(path: Path) -> set[str]:
    """What of this package a module imports, by its first name (`spec`, `errors`), wherever the import stands."""
    here = ("concord", *path.relative_to(ROOT).with_suffix("").parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = list(here[: -node.level]) if node.level else []
            names = [".".join([*base, node.module or "", each.name]) for each in node.names]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        else:
            continue
        for name in names:
            parts = [part for part in name.split(".") if part]
            if len(parts) > 1 and parts[0] == "concord":
                found.add(parts[1])
    return found


def imports(room: str) -> set[str]:
    """The other rooms that a room's modules import."""
    rooms = {name for level in LEVELS for name in level}
    return {found for path in (ROOT / room).rglob("*.py") for found in imported(path)} & rooms - {room}


def needed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The arrows without those that a longer way makes superfluous: a picture of all of them is a ball of wool."""

    def below(room: str) -> set[str]:
        return {lower for each in graph[room] for lower in {each, *below(each)}}

    return {
        room: {each for each in others if not any(each in below(other) for other in others - {each})}
        for room, others in graph.items()
    }


def picture() -> str:
    """The rooms by level, with an arrow from each to those it builds on."""
    depth = {room: number for number, level in enumerate(LEVELS) for room in level}
    # An import upwards is the architecture test's to report, not the picture's to show.
    graph = {room: {each for each in imports(room) if depth[each] > depth[room]} for room in depth}
    lines = ["```mermaid", "flowchart TD"]
    for number, level in enumerate(LEVELS):
        lines.append(f"  subgraph level{number}[ ]")
        lines += [f"    {room}[{room}/]" for room in level]
        lines.append("  end")
    for room, others in needed(graph).items():
        lines += [f"  {room} --> {other}" for other in sorted(others)]
    return "\n".join([*lines, "```", ""])


def with_picture(page: str) -> str:
    """The page with the picture of today between its two marks."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + picture() + END + rest.split(END)[1]


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_picture(page), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: the picture is up to date\n")
