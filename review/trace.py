"""The tree of a run's calls: rounds, nodes, agents, calls; and one call whole."""

from collections.abc import Iterator

from pydantic import JsonValue
from rich.text import Text
from rich.tree import Tree

from ..errors import RunError
from ..spec import visible
from ..store.protocol import RunStore
from ..store.records import CallRecord

PAGE = 2000
"""Calls read at a time: a long trace never stands in memory whole."""
LEAVES = 8
"""Calls shown below one agent; how many there are is always said."""


def calls(store: RunStore) -> Iterator[CallRecord]:
    """All calls without their texts, in the order of their first asking."""
    offset = 0
    while page := store.calls.brief(limit=PAGE, offset=offset):
        yield from page
        offset += len(page)


Path = tuple[int, str, str, str]


def grouped(store: RunStore) -> dict[Path, list[CallRecord]]:
    """Calls by (round, node, subject, agent)."""
    groups: dict[Path, list[CallRecord]] = {}
    for call in calls(store):
        key = (call.where.round, call.where.node, call.where.subject, call.role)
        groups.setdefault(key, []).append(call)
    return groups


def tree(store: RunStore, name: str, *, leaves: int = LEAVES) -> Tree:
    """The trace as a tree for a terminal."""
    root = Tree(Text(f"run {name}: {store.calls.count():,} calls"))
    branches: dict[tuple[object, ...], Tree] = {(): root}

    def branch(path: tuple[object, ...], label: str) -> Tree:
        if path not in branches:
            branches[path] = branches[path[:-1]].add(Text(label))
        return branches[path]

    for (round, node, subject, role), found in grouped(store).items():
        branch((round,), f"round {round}")
        branch((round, node), node)
        if subject:
            branch((round, node, subject), _subject(store, subject))
        else:
            branches[(round, node, subject)] = branches[(round, node)]
        agent = branch((round, node, subject, role), f"{role.replace('_', ' ')}: {_tally(found)}")
        for call in found[:leaves]:
            agent.add(Text(_leaf(call)))
        if len(found) > leaves:
            agent.add(Text(f"… {len(found) - leaves:,} more; concord trace {name} --json lists all"))
    return root


def _subject(store: RunStore, subject: str) -> str:
    try:
        proposal = store.proposals.get(subject)
    except KeyError:
        return subject
    last = store.decisions.find(proposal=subject)
    outcome = f" → {last[-1].reason or last[-1].decision}" if last else ""
    return f"{subject} {visible(proposal.intent)}{outcome}"


def _tally(found: list[CallRecord]) -> str:
    failed = sum(call.status == "failed" for call in found)
    cached = sum(call.cached for call in found)
    return (
        f"{len(found):,} calls"
        + (f", {cached:,} cached" if cached else "")
        + (f", {failed:,} failed" if failed else "")
    )


def _leaf(call: CallRecord) -> str:
    cost = f"{call.input_tokens:,} in, {call.output_tokens:,} out" if call.input_tokens else "no tokens told"
    return f"{call.id} {call.status}{' (cached)' if call.cached else ''}, {cost}"


def one_call(store: RunStore, id: str) -> CallRecord:
    """A call whole, by its id or the beginning of it. Raises RunError."""
    try:
        return store.calls.get(id)
    except KeyError:
        near = [call.id for call in calls(store) if call.id.startswith(id)]
    if len(near) == 1:
        return store.calls.get(near[0])
    if near:
        raise RunError(f"{len(near)} calls begin with {id!r}; give more of the id")
    raise RunError(f"the run has no call {id!r}; concord trace RUN lists them")


def call_text(call: CallRecord) -> str:
    """One call for a reader: the prompt's parts as they were sent, the raw reply, what became of it."""
    head = (
        f"call {call.id} · round {call.where.round} · {call.where.node} · {call.role} · {call.model}\n"
        f"template {call.template} · {call.status}{' · cached' if call.cached else ''} · attempts {call.attempts} · "
        f"{call.input_tokens} tokens in ({call.cached_tokens} cached), {call.output_tokens} out "
        f"({call.reasoning_tokens} reasoning) · {call.latency:.2f} s · ${call.usd:.4f}"
    )
    parts = [f"── {name} ──\n{visible(text).strip()}" for name, text in call.parts]
    tail = f"── failure ──\n{visible(call.failure)}" if call.failure else f"── answer ──\n{visible(call.raw)}"
    return "\n\n".join([head, *parts, tail])


def as_json(store: RunStore, name: str) -> dict[str, JsonValue]:
    """The whole tree with every call's id and figures, without texts."""
    rounds: dict[int, dict[str, list[JsonValue]]] = {}
    for (round, node, subject, role), found in grouped(store).items():
        rounds.setdefault(round, {}).setdefault(node, []).append(
            {
                "subject": subject,
                "agent": role,
                "calls": [
                    call.model_dump(mode="json", exclude={"parts", "raw", "answer", "where"})
                    for call in found
                ],
            }
        )
    return {
        "run": name,
        "calls": store.calls.count(),
        "rounds": [
            {
                "round": round,
                "nodes": [{"node": node, "agents": list(agents)} for node, agents in nodes.items()],
            }
            for round, nodes in sorted(rounds.items())
        ],
    }
