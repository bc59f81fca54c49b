"""Whether the example's run in a shared store on PostgreSQL leaves the same bytes as one in files."""

import asyncio
import tempfile
from pathlib import Path

from ..testing.postgres import postgres, why_not
from .scale_runs import example, left_by


async def postgres_same(*, conversations: int | None = None, rounds: int | None = None) -> bool | None:
    """None where there is no server to be started, or the extra isn't installed.

    `conversations` takes that many of the example instead of all, `rounds` fewer rounds than the default.
    """
    if why_not() is not None:
        return None
    words = () if rounds is None else ("--rounds", str(rounds))
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        place = Path(folder)
        spec, data = example(place, conversations)
        store = await asyncio.to_thread(server.database)
        files = await left_by(place / "files", spec, data, "embedded", *words)
        shared = await left_by(
            place / "shared", spec, data, "embedded", *words, environment={"CONCORD_STORE": store}
        )
        return files == shared
