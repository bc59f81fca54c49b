"""A patch is taken by the real `patch -p1` and `git apply`, forwards and in reverse, byte for byte."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concord.errors import SpecError
from concord.spec import Edit, Spec, apply, read_spec, unified_patch, write_patch

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_spec"

PROGRAMS = {
    "patch": ["patch", "-p1", "--silent"],
    "git": ["git", "apply", "--whitespace=nowarn"],
}
both_programs = pytest.mark.parametrize(
    "program",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not on this machine"),
        )
        for name in PROGRAMS
    ],
)


def applied(program: str, folder: Path, name: str, before: str, after: str, *, back: bool = False) -> bytes:
    """What the program makes of the file `name` in `folder`."""
    target = folder / "work" / name
    shutil.rmtree(folder / "work", ignore_errors=True)
    target.parent.mkdir(parents=True)
    target.write_bytes((after if back else before).encode())
    write_patch(unified_patch(before, after, name), folder / "change.patch")
    patch_file = str(folder / "change.patch") if program == "git" else f"--input={folder / 'change.patch'}"
    command = [*PROGRAMS[program], *(["-R"] if back else []), patch_file]
    settings_of_git = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(folder),
    }
    done = subprocess.run(
        command,
        cwd=folder / "work",
        env={**os.environ, **settings_of_git},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each.name for each in target.parent.iterdir()] == [target.name]
    return target.read_bytes()


LINES = st.lists(
    st.sampled_from(["", "text", "-x", "+y", " z", "@@ -1 +1 @@", "--- a/x", "\\ No newline", "é\u2028", "\x0c", "\ufeff", "a\rb"]),
    max_size=8,
)  # fmt: skip
TEXTS = st.tuples(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda drawn: "# A" + drawn[1] + drawn[1].join(drawn[0]) + (drawn[1] if drawn[2] else "")
)


@both_programs
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=TEXTS, after=TEXTS)
def test_any_two_texts_are_led_from_one_to_the_other_and_back(
    program: str, tmp_path: Path, before: str, after: str
) -> None:
    if before == after:
        assert unified_patch(before, after) == ""
        return
    assert applied(program, tmp_path, "spec.md", before, after) == after.encode()
    assert applied(program, tmp_path, "spec.md", before, after, back=True) == before.encode()


@both_programs
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("ending", ["", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_a_missing_final_newline_and_a_byte_order_mark_are_kept(
    program: str, tmp_path: Path, newline: str, ending: str, mark: str
) -> None:
    before = Spec.parse(
        mark + "# A\n\nsay please\n\n# B\n\nlast".replace("\n", newline) + ending.replace("\n", newline)
    )
    after = apply(
        before,
        [
            Edit(op="replace", section="a", anchor="please", text="thanks"),
            Edit(op="insert", section="b", text="more"),
            Edit(op="new_section", section="b", text="# C\n\nnew"),
        ],
    )
    assert applied(program, tmp_path, "spec.md", before.text, after.text) == after.text.encode()
    assert applied(program, tmp_path, "spec.md", before.text, after.text, back=True) == before.text.encode()


@both_programs
@pytest.mark.parametrize(
    "name",
    [
        "my spec.md",
        "docs/spec v2/the spec.md",
        "spéc-日本.md",
        'a"quoted".md',
        "back\\slash.md",
        "tab\there.md",
    ],
)
def test_file_names_with_blanks_marks_and_other_scripts_are_found(
    program: str, tmp_path: Path, name: str
) -> None:
    assert applied(program, tmp_path, name, "# A\nx\n", "# A\ny\n") == b"# A\ny\n"


@both_programs
@pytest.mark.skipif(not SHARED.is_dir(), reason="the Model Spec releases are not on this machine")
def test_edits_all_over_a_release_is_patched_and_reverted(program: str, tmp_path: Path) -> None:
    releases = [read_spec(path) for path in sorted(SHARED.glob("*.md"))]
    for spec in releases:
        revised = apply(
            spec, [Edit(op="insert", section=id_, text=f"A rule for {id_}.") for id_ in spec.ids[::2]]
        )
        assert applied(program, tmp_path, "spec.md", spec.text, revised.text) == revised.text.encode()
        assert applied(program, tmp_path, "spec.md", spec.text, revised.text, back=True) == spec.text.encode()
    first, last = releases[0].text, releases[-1].text
    assert applied(program, tmp_path, "spec.md", first, last) == last.encode()


def test_the_patch_is_an_ordinary_unified_diff() -> None:
    before = "".join(f"{n}\n" for n in range(1, 11)) + "end"
    assert unified_patch(before, before.replace("5\n", "five\n").replace("end", "end\n"), context=1) == (
        "--- a/spec.md\n+++ b/spec.md\n@@ -4,3 +4,3 @@\n 4\n-5\n+five\n 6\n"
        "@@ -10,2 +10,2 @@\n 10\n-end\n\\ No newline at end of file\n+end\n"
    )


def test_an_empty_side_counts_from_the_line_before() -> None:
    assert unified_patch("", "x\ny\n").splitlines()[2] == "@@ -0,0 +1,2 @@"
    assert unified_patch("a\nb\n", "a\nx\nb\n", context=0).splitlines()[2] == "@@ -1,0 +2 @@"


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../spec.md", "a/../../b", "a\0b"])
def test_a_path_that_leaves_the_folder_is_refused(path: str) -> None:
    with pytest.raises(SpecError, match="relative to the folder"):
        unified_patch("a", "b", path)


def test_a_patch_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="can't be written"):
        write_patch("x", tmp_path)
