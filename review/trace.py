"""The tree of a run's calls: rounds, nodes, agents, calls; and one call whole."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue
from rich.text import Text
from rich.tree import Tree

from ..errors import RunError
from ..graph.run_records import RunRecords
from ..models.records import CallRecord
from ..spec import visible
from .printing import money

PAGE = 2000
"""Calls read at a time: a long trace never stands in memory whole."""
LEAVES = 3
"""Calls shown below one agent; how many there are is always said."""

Path = tuple[int, str, str, str]
"""Round, node, subject, agent."""


@dataclass
class Group:
    """The calls of one agent at one place of the run: how many there are, and the first few."""

    count: int = 0
    cached: int = 0
    failed: int = 0
    first: list[CallRecord] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"{self.count:,} call{'' if self.count == 1 else 's'}"]
        parts += [f"{self.cached:,} cached"] if self.cached else []
        parts += [f"{self.failed:,} failed"] if self.failed else []
        return ", ".join(parts)


def calls(store: RunRecords, **equal: str | int) -> Iterator[CallRecord]:
    """Calls without their texts, in the order of their first asking; `equal` as for `StoredCalls.page`."""
    offset = 0
    while page := store.calls.page(limit=PAGE, offset=offset, **equal):
        yield from page
        offset += len(page)


def place(call: CallRecord) -> Path:
    return call.where.round, call.where.node, call.where.subject, call.role


def grouped(store: RunRecords, leaves: int) -> dict[Path, Group]:
    """Groups of calls, each with its first `leaves` calls."""
    groups: dict[Path, Group] = {}
    for call in calls(store):
        group = groups.setdefault(place(call), Group())
        group.count += 1
        group.cached += call.cached
        group.failed += call.status == "failed"
        if len(group.first) < leaves:
            group.first.append(call)
    return groups


def tree(store: RunRecords, name: str, *, leaves: int = LEAVES) -> Tree:
    """The trace as a tree for a terminal."""
    root = Tree(_line(f"run {name}: {store.calls.count():,} calls", "bold"))
    branches: dict[tuple[object, ...], Tree] = {(): root}

    def branch(path: tuple[object, ...], label: Text) -> Tree:
        if path not in branches:
            branches[path] = branches[path[:-1]].add(label)
        return branches[path]

    for (round_, node, subject, role), group in grouped(store, leaves).items():
        branch((round_,), _line(f"round {round_}", "bold"))
        branch((round_, node), _line(node, "cyan"))
        if subject:
            branch((round_, node, subject), _subject(store, subject))
        else:
            branches[(round_, node, subject)] = branches[(round_, node)]
        agent = branch((round_, node, subject, role), _line(f"{role.replace('_', ' ')}: {group}"))
        for call in group.first:
            agent.add(_leaf(call))
        if group.first and group.count > len(group.first):
            agent.add(_line(f"… {group.count - len(group.first):,} more", "bright_black"))
    return root


def hint(name: str) -> str:
    return (
        f"One call whole: concord trace {name} --call ID. A proposal: --proposal ID. A conversation: --conversation ID. "
        "Failures: --failed. Words: --grep TEXT. More calls of each agent: --calls N. All of them: --json."
    )


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _subject(store: RunRecords, subject: str) -> Text:
    try:
        proposal = store.proposals.get(subject)
    except KeyError:
        return _line(visible(subject))
    last = store.decisions.find(proposal=subject)
    outcome = last[-1].reason or last[-1].decision if last else "open"
    return _line(f"{subject} {outcome}: {visible(proposal.intent)}", "green" if outcome == "adopted" else "")


def _leaf(call: CallRecord) -> Text:
    told = "failed: " + visible(call.failure) if call.status == "failed" else gist(call)
    tokens = f", {call.input_tokens:,} tokens in, {call.output_tokens:,} out" if call.input_tokens else ""
    line = _line(f"{call.id} {' '.join(told.split())}{' (cached)' if call.cached else ''}{tokens}")
    line.stylize("red" if call.status == "failed" else "bright_black", 0, len(call.id))
    return line


def gist(call: CallRecord) -> str:
    """What was answered, in a few words; the call's status where there is no answer."""
    match call.answer:
        case {"ranking": str(ranking)}:
            return visible(ranking)
        case {"grades": list(grades)}:
            return f"{len(grades)} graded 3 or more"
        case {"proposals": list(proposals)}:
            return f"{len(proposals)} proposed"
        case {"verdicts": list(verdicts)}:
            stances = Counter(str(verdict["stance"]) for verdict in verdicts if isinstance(verdict, dict))
            return ", ".join(f"{stances[stance]} {stance}" for stance in ("support", "refute", "silent"))
        case _:
            return call.status


def one_call(store: RunRecords, id: str) -> CallRecord:
    """A call whole, by its id or the beginning of it. Raises RunError that says what the id is, where it is another."""
    try:
        return store.calls.get(id)
    except KeyError:
        near = [call.id for call in calls(store) if id and call.id.startswith(id)]
    if len(near) == 1:
        return store.calls.get(near[0])
    if near:
        raise RunError(f"{len(near)} calls begin with {id!r}; give more of the id")
    from .finding import kind_of

    if told := kind_of(store, id):
        raise RunError(f"{id!r} is no call but {told}")
    raise RunError(f"the run has no call {id!r}; `concord trace RUN --json` lists them all")


def call_text(call: CallRecord) -> str:
    """One call for a reader: the prompt's parts as they were sent, the raw reply, what became of it."""
    where = " · ".join(filter(None, (f"round {call.where.round}", call.where.node, call.where.subject)))
    head = (
        f"call {call.id}: {call.role.replace('_', ' ')}, {call.model}\n{visible(where)}\n"
        f"template {call.template} · {call.status}{', from the cache' if call.cached else ''} · "
        f"attempts {call.attempts} · {call.latency:.2f} s · cost {money(call.usd, 4)}\n"
        f"{call.input_tokens:,} tokens in ({call.cached_tokens:,} cached), {call.output_tokens:,} out "
        f"({call.reasoning_tokens:,} reasoning)"
    )
    parts = [f"── {name} ──\n{visible(text).strip()}" for name, text in call.parts]
    if call.failure:
        parts.append(f"── failure ──\n{visible(call.failure)}")
    if call.raw or not call.failure:
        parts.append(f"── {'reply' if call.failure else 'answer'} ──\n{visible(call.raw)}")
    return "\n\n".join([head, *parts])


def as_json(store: RunRecords, name: str) -> dict[str, JsonValue]:
    """The whole tree with every call's id, figures and answer, without texts."""
    rounds: dict[int, dict[str, dict[tuple[str, str], list[JsonValue]]]] = {}
    for call in calls(store):
        round_, node, subject, role = place(call)
        agents = rounds.setdefault(round_, {}).setdefault(node, {})
        agents.setdefault((subject, role), []).append(
            call.model_dump(mode="json", exclude={"parts", "raw", "where"})
        )
    return {
        "run": name,
        "calls": store.calls.count(),
        "rounds": [
            {
                "round": round_,
                "nodes": [
                    {
                        "node": node,
                        "agents": [
                            {"subject": subject, "agent": role, "calls": found}
                            for (subject, role), found in agents.items()
                        ],
                    }
                    for node, agents in nodes.items()
                ],
            }
            for round_, nodes in sorted(rounds.items())
        ],
    }
