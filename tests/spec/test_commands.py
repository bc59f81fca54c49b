"""`concord spec show` and `diff` as a person at a terminal, a file and a program get them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

CODES = "\x1b]52;c;aGk=\x07 \u202eback"


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    (tmp_path / "old name.md").write_text(f"# One {{#one authority=user}}\n\nIt must be old {CODES}.\n")
    (tmp_path / "new.md").write_text(f"# One {{#one authority=root}}\n\nIt may be new {CODES}.\n")
    (tmp_path / "lost.md").write_text("# One {#my id authority=user}\n\nText.\n")
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "concord", "spec", *words],
        capture_output=True,
        check=False,
        cwd=folder,
        timeout=60,
    )


def on_a_terminal(folder: Path, *words: str) -> str:
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "concord", "spec", *words],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env={**os.environ, "TERM": "xterm", "COLUMNS": "90"},
    ):  # fmt: skip
        os.close(theirs)
        sent = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            sent += piece
    os.close(ours)
    return sent.decode("utf-8")


@pytest.mark.parametrize("form", ["redline", "patch", "html", "json"])
def test_no_code_of_a_spec_reaches_a_terminal(specs: Path, form: str) -> None:
    sent = on_a_terminal(specs, "diff", "old name.md", "new.md", "--format", form)
    assert "must be old" in sent or "must" in sent
    for mark in ("\x1b]52", "\x07", "\u202e"):
        assert mark not in sent


def test_a_patch_in_a_file_is_exact_names_the_old_file_and_says_how_to_apply_it(specs: Path) -> None:
    done = run(specs, "diff", "old name.md", "new.md", "--format", "patch")
    assert done.returncode == 0
    assert done.stdout.startswith(b"--- a/old name.md\t\n+++ b/old name.md\t\n")
    assert CODES.encode() in done.stdout
    assert b"in the folder of old name.md: patch -p1 < FILE, or git apply FILE" in done.stderr
    subprocess.run(["git", "apply"], input=done.stdout, cwd=specs, check=True)
    assert (specs / "old name.md").read_bytes() == (specs / "new.md").read_bytes()


def test_the_summary_comes_first(specs: Path) -> None:
    lines = run(specs, "diff", "old name.md", "new.md").stdout.decode().splitlines()
    assert lines[0] == "1 section changed in more than typography"
    assert "  authority changed    1  One (user → root)" in lines
    assert lines.index("# One") > lines.index("  typography only      0")


def test_show_prints_attributes_that_were_not_read(specs: Path) -> None:
    told = run(specs, "show", "lost.md").stderr.decode()
    assert (
        "line 1, section 'one_my_id_authority_user': the id in '{#my id authority=user}' holds blanks" in told
    )
    assert "write it without, such as #my_id" in told
    assert run(specs, "show", "new.md").stderr == b""
