"""The example's run by the command line, another way each time: what it leaves is to be the same, byte for byte."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..testing.small_example import EXAMPLE, write_small_example

OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")


def example(folder: Path, conversations: int | None) -> tuple[Path, Path]:
    """The example's spec and data: whole, or its first conversations written into `folder`."""
    if conversations is None:
        return EXAMPLE / "spec.md", EXAMPLE / "data"
    return write_small_example(folder, conversations)


async def left_by(
    home: Path, spec: Path, data: Path, model: str, *words: str, environment: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """The outputs of `concord run` in a home of its own. Raises RuntimeError where it doesn't come to its end."""
    out = home / "run"
    plain = {name: value for name, value in os.environ.items() if name != "CONCORD_STORE"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "concord", "run", "--spec", str(spec), "--data", str(data), "--model", model,
        "--out", str(out), "--quiet", *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE, env={**plain, "CONCORD_HOME": str(home), **(environment or {})},
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the run ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")
    return {name: (out / name).read_bytes() for name in OUTPUTS}
