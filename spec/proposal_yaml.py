"""Proposals in YAML: plain values only, each key once, and one sentence on what is wrong.

intent: one sentence
kind: clarification            # or change_of_principle; may be left out
edits:
  - {op: insert, section: some_section, anchor: "Text that stands there.", text: " What comes after it."}

Several stand in a list, or below `proposals:`.
"""

from collections.abc import Hashable, Mapping
from typing import Any, get_args

import yaml

from ..errors import OptionError
from .records import Kind, Operation

_FIELDS = ("intent", "kind", "edits", "author", "conversations")
_EDIT_FIELDS = ("op", "section", "anchor", "text")
_MOST = 200
"""Proposals in one file."""


class _OneKeyEach(yaml.SafeLoader):
    """The safe loader, without aliases and without keys that stand twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # its stubs leave it so
            raise yaml.constructor.ConstructorError(
                None, None, "aliases are not read; write the text out", mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key.value, str) else False:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands twice", key.start_mark
                )
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def entries_of(text: str, source: str) -> list[tuple[str, dict[str, object]]]:
    """(name for messages, fields of a proposal) for each in the file. Raises OptionError."""
    found = _loaded(text, source)
    if isinstance(found, dict) and "proposals" in found:
        if extra := [str(key) for key in found if key != "proposals"]:
            raise OptionError(f"{source}: {extra[0]!r} stands beside `proposals`; put it into each proposal")
        found = found["proposals"]
    if isinstance(found, dict):
        return [("the proposal", _entry(found, f"{source}"))]
    if not isinstance(found, list) or not found:
        raise OptionError(
            f"{source} holds no proposal; give `intent`, `kind` (if known) and `edits`, or a list of such"
        )
    if len(found) > _MOST:
        raise OptionError(f"{source} holds {len(found)} proposals; give at most {_MOST} in one file")
    return [
        (f"proposal {number}", _entry(each, f"{source}: proposal {number}"))
        for number, each in enumerate(found, 1)
    ]


def _loaded(text: str, source: str) -> object:
    try:
        # A safe loader: plain values, no objects.
        return yaml.load(text, Loader=_OneKeyEach)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        told = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "not YAML"
        raise OptionError(f"{source}{where}: {told}") from None
    except (RecursionError, ValueError) as problem:
        told = "nested too deep" if isinstance(problem, RecursionError) else str(problem)
        raise OptionError(f"{source}: {told}") from None


def _entry(found: object, where: str) -> dict[str, object]:
    if not isinstance(found, dict):
        raise OptionError(f"{where} is no table; give `intent`, `kind` (if known) and `edits`")
    _only(found, _FIELDS, where)
    for name in ("intent", "edits"):
        if name not in found:
            raise OptionError(f"{where} has no `{name}`")
    entry: dict[str, object] = {"intent": _string(found, "intent", where).strip()}
    if (kind := found.get("kind")) is not None:
        entry["kind"] = _one_of(kind, get_args(Kind), "kind", where)
    if "author" in found:
        entry["author"] = _string(found, "author", where)
    cases = found.get("conversations") or []
    if not isinstance(cases, list) or not all(isinstance(each, str) for each in cases):
        raise OptionError(f"{where}: `conversations` is no list of conversation ids (put numbers in quotes)")
    entry["conversations"] = tuple(cases)
    edits = found["edits"]
    if not isinstance(edits, list) or not edits:
        raise OptionError(
            f"{where}: `edits` is no list of edits, each with `op`, `section`, `anchor` and `text`"
        )
    entry["edits"] = [_edit(each, f"{where}, edit {number}") for number, each in enumerate(edits, 1)]
    return entry


def _edit(found: object, where: str) -> dict[str, str]:
    if not isinstance(found, dict):
        raise OptionError(f"{where} is no table; give `op`, `section`, `anchor` and `text`")
    _only(found, _EDIT_FIELDS, where)
    if "section" not in found:
        raise OptionError(f"{where} has no `section`")
    edit = {name: _string(found, name, where) for name in ("section", "anchor", "text") if name in found}
    return {**edit, "op": _one_of(found.get("op"), get_args(Operation), "op", where)}


def _only(found: Mapping[Any, object], known: tuple[str, ...], where: str) -> None:
    if extra := [str(key) for key in found if key not in known]:
        raise OptionError(f"{where}: there is no `{extra[0]}`; known are {', '.join(known)}")


def _string(found: Mapping[Any, object], name: str, where: str) -> str:
    value = found[name]
    if value is None and name in ("intent", "anchor", "text"):
        return ""
    if not isinstance(value, str):
        raise OptionError(f"{where}: `{name}` is {value!r}, not text; put it in quotes")
    return value


def _one_of(value: object, known: tuple[str, ...], name: str, where: str) -> str:
    if value not in known or not isinstance(value, str):
        raise OptionError(f"{where}: `{name}` is {value!r}; give one of {', '.join(known)}")
    return value
