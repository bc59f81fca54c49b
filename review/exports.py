"""The files that a finished run leaves: revised spec, patch, summary, cost."""

from pydantic import JsonValue

from ..graph.launch import Finished
from ..graph.run_records import RunRecords
from ..spec import unified_patch, write_patch, write_spec
from ..store.runs import RunFolder, write_json


def write_outputs(folder: RunFolder, ended: Finished, *, seconds: float, openings: int) -> None:
    """Write `spec.md`, `spec.patch`, `summary.json` and `cost.json` into the run's folder.

    `seconds` is the wall time of this launch; `openings` how often the data's sealed test split was opened.
    """
    original = ended.shop.setup.spec
    write_spec(ended.spec, folder.spec)
    write_patch(unified_patch(original.text, ended.spec.text, "spec.md"), folder.path / "spec.patch")
    write_json(folder.summary, ended.summary.model_dump(mode="json"))
    write_json(folder.cost, cost(ended.shop.store, seconds=seconds, openings=openings))


def cost(store: RunRecords, *, seconds: float, openings: int) -> dict[str, JsonValue]:
    """What differs from one launch to the next: time, money, cache, openings."""
    roles: dict[str, JsonValue] = {
        role: spent.model_dump(mode="json", exclude={"latency"}) | {"usd": round(spent.usd, 6)}
        for role, spent in store.calls.spent().items()
    }
    return {"seconds": round(seconds, 3), "sealed_test_openings": openings, "roles": roles}
