"""A process of `concord` that must heed the permissions of files, also where root runs the tests."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

_DROP = 24  # PR_CAPBSET_DROP, prctl(2)
_CAPABILITIES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: capabilities(7)


def without_root(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """`concord` with these words in a process that keeps out of what it may not read or write."""

    def heed() -> None:
        library = ctypes.CDLL(None, use_errno=True)
        for capability in _CAPABILITIES:
            library.prctl(_DROP, capability, 0, 0, 0)

    return subprocess.run(
        [sys.executable, "-m", "concord", *words], env={**os.environ, "CONCORD_HOME": str(home)},
        capture_output=True, text=True, check=False, preexec_fn=heed,
    )  # fmt: skip
