"""The files that a finished run leaves: revised spec, patch, summary, cost."""

from pydantic import JsonValue

from ..graph.launching import Finished
from ..graph.run_records import RunRecords
from ..spec import unified_patch, write_patch, write_spec
from ..store.runs import RunFolder, write_json
from .overlays import write_overlays


def write_outputs(folder: RunFolder, ended: Finished, *, seconds: float) -> None:
    """Write both texts with their patches, `summary.json` and `cost.json` into the run's folder.

    `spec.md` holds everything adopted, `spec.proven.md` the proven edits alone. `seconds` is the wall time of this launch.
    """
    original = ended.context.inputs.spec
    for spec, path in ((ended.spec, folder.spec), (ended.proven, folder.proven_spec)):
        write_spec(spec, path)
        patch = unified_patch(original.text, spec.text, "spec.md")
        write_patch(patch, path.with_suffix(".patch"))
    if ended.summary.overlays:
        write_overlays(folder, ended)
    write_json(folder.summary, ended.summary.model_dump(mode="json"))
    write_json(
        folder.cost,
        cost(
            ended.context.records, seconds=seconds, openings=use.openings if (use := ended.summary.use) else 0
        ),
    )


def cost(store: RunRecords, *, seconds: float, openings: int) -> dict[str, JsonValue]:
    """What differs from one launch to the next: time, money, cache, openings."""
    roles: dict[str, JsonValue] = {
        role: spent.model_dump(mode="json", exclude={"latency", "usd_known", "unpriced"})
        | {"usd": None if spent.usd is None else round(spent.usd, 6)}
        for role, spent in store.calls.spent().items()
    }
    return {"seconds": round(seconds, 3), "sealed_test_openings": openings, "roles": roles}
