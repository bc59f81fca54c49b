"""A unified diff that `patch -p1` and `git apply` both take, byte for byte."""

from pathlib import Path, PurePosixPath

from ..errors import SpecError
from .matching import Block, match
from .redline import grouped

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def unified_patch(before: str, after: str, path: str = "spec.md", *, context: int = 3) -> str:
    """The patch that turns the file `path` from `before` into `after`; empty when they are equal.

    Lines end at LF only, so a CR stays part of its line; a missing final newline is marked. Write it with
    `write_patch` (or as UTF-8 with `newline=""`), else line ends are lost. Apply it from the folder that
    `path` is relative to: `patch -p1 < FILE` or `git apply FILE`. Raises SpecError for a path that is
    absolute, leaves the folder or is empty.
    """
    name = _relative(path)
    if before == after:
        return ""
    ours, theirs = _lines(before), _lines(after)
    parts = [f"--- {_header('a/' + name)}\n", f"+++ {_header('b/' + name)}\n"]
    for blocks in grouped(match(ours, theirs), context):
        parts += _hunk(blocks, ours, theirs)
    return "".join(parts)


def write_patch(patch: str, path: Path | str) -> None:
    """Write a patch as UTF-8 without touching its line ends. Raises SpecError when it can't be written."""
    try:
        Path(path).write_bytes(patch.encode("utf-8"))
    except OSError as problem:
        raise SpecError(f"the patch can't be written to {str(path)!r}: {problem.strerror}") from None


def _lines(text: str) -> list[str]:
    """Lines with their LF; the last one has none where the text has none."""
    pieces = text.split("\n")
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def _hunk(blocks: list[Block], ours: list[str], theirs: list[str]) -> list[str]:
    first, last = blocks[0], blocks[-1]
    parts = [f"@@ -{_range(first.a, last.a_end)} +{_range(first.b, last.b_end)} @@\n"]
    for block in blocks:
        old, new = ours[block.a : block.a_end], theirs[block.b : block.b_end]
        if block.kind == "equal":
            parts += [_line(" ", line) for line in old]
        else:
            parts += [_line("-", line) for line in old] + [_line("+", line) for line in new]
    return parts


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, end: int) -> str:
    """`line,count` as diff counts: from 1, and the line before for an empty range."""
    count = end - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _relative(path: str) -> str:
    pure = PurePosixPath(path)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise SpecError(f"a patch needs a path relative to the folder it is applied in, not {path!r}")
    return pure.as_posix()


def _header(name: str) -> str:
    """The name as both programs read it: quoted where it holds marks, ended by a tab where it holds blanks."""
    if any(mark in _ESCAPES or ord(mark) < 0x20 or ord(mark) == 0x7F for mark in name):
        return '"' + "".join(_escaped(mark) for mark in name) + '"'
    return f"{name}\t" if " " in name else name


def _escaped(mark: str) -> str:
    if mark in _ESCAPES:
        return _ESCAPES[mark]
    return f"\\{ord(mark):03o}" if ord(mark) < 0x20 or ord(mark) == 0x7F else mark
