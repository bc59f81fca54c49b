"""Whether the example's run through a queue of batches leaves the same bytes as one that asks live.

The queue is a local server with Files and Batches endpoints: late, out of order, and with lines that it doesn't come to.
"""

import tempfile
from pathlib import Path

from ..testing.batch_server import BatchServer, Slowness
from ..testing.embedded_answers import EmbeddedAnswers
from .scale_runs import example, left_by

_SLOWNESS = Slowness(late=0.2, expired_share=0.1, refused_share=0.05)
_SETTINGS = """[models."{uri}"]
poll = 0.1
gather = 0.3
"""


async def batch_same(*, conversations: int | None = None, rounds: int | None = None) -> bool | None:
    """`conversations` takes that many of the example instead of all, `rounds` fewer rounds than the default."""
    words = () if rounds is None else ("--rounds", str(rounds))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        spec, data = example(place, conversations)
        with BatchServer(place / "server", _SLOWNESS, EmbeddedAnswers()) as server:
            queue = f"openai-batch:stand-in@{server.url}"
            settings = place / "models.toml"
            settings.write_text(_SETTINGS.format(uri=queue), encoding="utf-8")
            live = await left_by(place / "live", spec, data, f"openai:stand-in@{server.url}", *words)
            queued = await left_by(place / "queued", spec, data, queue, "--config", str(settings), *words)
            paid_once = set(server.answers.values()) == {1}
        return live == queued and paid_once
