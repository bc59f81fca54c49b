"""Where runs, call cache and ledger are kept."""

import os
from pathlib import Path


def home() -> Path:
    """$CONCORD_HOME, or `runs` here."""
    return Path(os.environ.get("CONCORD_HOME") or "runs")
