"""A run's calls as an Inspect `.eval` file: one sample a call, for `inspect view`.

The file is a zip of JSON. Inspect writes it with zstandard and reads deflate as well, so the standard library writes
it; tried with inspect_ai 0.3.285.
"""

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from ...errors import RunError
from ...models.records import CallRecord
from ...records import content_id
from ..reading.run import RunReading
from ..reading.trace import Totals

SUMMARY_TEXT = 400
"""Characters of a prompt in the list of samples."""


def write_eval_log(reading: RunReading, path: Path, *, site: str = "http://127.0.0.1:8765") -> Path:
    """Write the file, a call at a time. `site` is where each sample's permalink leads to. Raises RunError."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            _write(reading, archive, site.rstrip("/"))
        partial.replace(path)
    except OSError as problem:
        raise RunError(f"{path}: can't be written ({problem.strerror})") from None
    finally:
        partial.unlink(missing_ok=True)
    return path


def _write(reading: RunReading, archive: zipfile.ZipFile, site: str) -> None:
    summaries: list[JsonValue] = []
    spent: dict[str, Totals] = {}
    head = _head(reading)
    _put(archive, "_journal/start.json", {"version": 2, **head})
    for chunk in reading.source.every_call():
        for call in chunk:
            sample = _sample(reading, call, site)
            _put(archive, f"samples/{call.id}_epoch_1.json", sample)
            summaries.append(_summary(call, sample))
            before = spent.get(call.model, Totals())
            spent[call.model] = before.model_copy(
                update={
                    "input_tokens": before.input_tokens + call.input_tokens,
                    "output_tokens": before.output_tokens + call.output_tokens,
                }
            )
    _put(archive, "_journal/summaries/1.json", summaries)
    _put(archive, "summaries.json", summaries)
    when = _when(reading)
    usage: dict[str, JsonValue] = {
        model: {
            "input_tokens": each.input_tokens,
            "output_tokens": each.output_tokens,
            "total_tokens": each.input_tokens + each.output_tokens,
        }
        for model, each in spent.items()
    }
    _put(
        archive,
        "header.json",
        {
            "version": 2,
            "status": "success" if reading.source.finished else "started",
            **head,
            "stats": {"started_at": when, "completed_at": when, "model_usage": usage},
        },
    )


def _head(reading: RunReading) -> dict[str, JsonValue]:
    launched = reading.source.launched
    samples = reading.progress()
    models = [uri for uri in dict.fromkeys(launched.models.values()) if uri]
    return {
        "eval": {
            "eval_id": content_id("eval", launched.run), "run_id": launched.run, "created": _when(reading),
            "task": f"concord/{reading.id}", "task_id": content_id("task", launched.run), "task_version": 0,
            "task_attribs": {}, "task_args": launched.options.model_dump(mode="json"),
            "dataset": {"name": launched.data_name, "samples": samples.total or None}, "model": models[0] if models else "none",
            "model_args": {}, "config": {}, "packages": {}, "metadata": {"models": dict(launched.models), "notice": reading.notice},
        },
        "plan": {"name": "plan", "steps": [], "config": {}},
    }  # fmt: skip


def _sample(reading: RunReading, call: CallRecord, site: str) -> dict[str, JsonValue]:
    messages: list[JsonValue] = [
        {"id": content_id(call.id, name), "role": "system" if name == "system" else "user", "content": text}
        for name, text in call.parts
        if text.strip()
    ]
    answer: JsonValue = {
        "id": content_id(call.id, "answer"), "role": "assistant", "source": "generate", "model": call.model,
        "content": call.raw,
    }  # fmt: skip
    tokens: JsonValue = {
        "input_tokens": call.input_tokens, "output_tokens": call.output_tokens,
        "total_tokens": call.input_tokens + call.output_tokens, "input_tokens_cache_read": call.cached_tokens,
        "reasoning_tokens": call.reasoning_tokens,
    }  # fmt: skip
    sample: dict[str, JsonValue] = {
        "id": call.id, "epoch": 1, "input": messages or "", "target": "", "messages": [*messages, answer],
        "output": {
            "model": call.model, "completion": call.raw, "usage": tokens,
            "choices": [{"message": answer, "stop_reason": "unknown" if call.failure else "stop"}],
            "time": call.latency, "error": call.failure or None,
        },
        "metadata": {
            "round": call.where.round, "node": call.where.node, "subject": call.where.subject, "agent": call.role,
            "template": call.template, "cached": call.cached, "attempts": call.attempts, "usd": call.usd,
            "answer": call.answer, "permalink": f"{site}/runs/{reading.id}/calls/{call.id}",
        },
        "store": {}, "events": [], "model_usage": {call.model: tokens}, "total_time": call.latency, "attachments": {},
    }  # fmt: skip
    if call.failure:
        sample["error"] = {"message": call.failure, "traceback": "", "traceback_ansi": ""}
    return sample


def _summary(call: CallRecord, sample: Mapping[str, JsonValue]) -> JsonValue:
    said = "\n".join(text for name, text in call.parts if name != "system")
    found: dict[str, JsonValue] = {
        "id": call.id, "epoch": 1, "input": said[:SUMMARY_TEXT], "target": "",
        "metadata": {"round": call.where.round, "node": call.where.node, "agent": call.role},
        "model_usage": sample["model_usage"], "total_time": call.latency, "completed": True,
        "message_count": len(call.parts) + 1,
    }  # fmt: skip
    if call.failure:
        found["error"] = call.failure
    return found


def _when(reading: RunReading) -> str:
    return datetime.fromtimestamp(reading.folder.config.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _put(archive: zipfile.ZipFile, name: str, value: JsonValue) -> None:
    archive.writestr(name, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
