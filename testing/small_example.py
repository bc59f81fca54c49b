"""A small part of the bundled example, in files: for tests and experiments that launch many whole runs."""

import json
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "example"


def write_small_example(folder: Path, conversations: int) -> tuple[Path, Path]:
    """The example's spec, and its first conversations with all its people. Returns both paths."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    spec = folder / "spec.md"
    spec.write_bytes((EXAMPLE / "spec.md").read_bytes())
    (data / "annotators.jsonl").write_bytes((EXAMPLE / "data" / "annotators.jsonl").read_bytes())
    lines = (EXAMPLE / "data" / "comparisons.jsonl").read_bytes().splitlines(keepends=True)
    kept = sorted(lines, key=lambda line: str(json.loads(line)["prompt_id"]))[:conversations]
    (data / "comparisons.jsonl").write_bytes(b"".join(kept))
    return spec, data
