"""What the rooms `models` and `store` offer to the rest, and what importing them doesn't bring along."""

import subprocess
import sys

import pytest

import concord.models
import concord.store


def test_what_models_offers() -> None:
    assert set(concord.models.__all__) == {
        "Answer", "Answered", "BaseModel", "BatchModel", "Batched", "Budget", "CallLog", "CallRecord", "Caller",
        "Estimate", "Failure", "FunctionModel", "Health", "ModelConfig", "Profile", "Reply", "Request",
        "RetryPolicy", "Settings", "Spent", "StoredCalls", "Ticket", "Usage", "Watcher", "Where", "known_models",
        "open_model",
    }  # fmt: skip


def test_what_store_offers() -> None:
    assert set(concord.store.__all__) == {
        "CallCache", "DiskCallCache", "Kind", "Ledger", "MemoryCallCache", "MemoryStore", "Repository", "RunFolder",
        "SqliteStore", "Store", "create_run", "find_run", "list_runs", "run_lock",
    }  # fmt: skip


@pytest.mark.parametrize("heavy", ["httpx2", "openai", "genai_prices", "xllamacpp"])
def test_a_face_brings_no_wire_along(heavy: str) -> None:
    code = f"import sys, concord.models; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
