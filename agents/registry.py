"""Every agent, registered once: its role, what it is for, its template, the schema of its answers, its class.

An agent is one file in this room and one template in `prompts/`. The file ends with a call of `register`;
nothing else names its role.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import JsonValue

from ..errors import OptionError
from ..models.protocol import Answer, Request
from ..prompts.render import render

_AGENTS: dict[str, "Agent"] = {}


@dataclass(frozen=True, slots=True)
class Agent:
    """One role that a base model takes."""

    role: str
    title: str
    """A few words on what it does, for lists."""
    answer: type[Answer]
    maker: type[Any]
    """The class that asks in this role."""
    template: str = ""
    """Name of the template in `prompts/`; empty: that of the role."""
    thinks_with: str = ""
    """The role whose base model it uses, for an agent that is never given a model of its own."""

    @property
    def prompt(self) -> str:
        """The name of its template."""
        return self.template or self.role

    @property
    def model_role(self) -> str:
        """The role under which its base model is chosen."""
        return self.thinks_with or self.role

    def request(
        self,
        values: Mapping[str, Any],
        *,
        data: Mapping[str, JsonValue],
        shared: frozenset[str],
        expect: Mapping[str, JsonValue] | None = None,
        repeat: int = 0,
    ) -> Request:
        """The agent's template filled with `values`, as one question to a base model.

        `data[block]` travels with the block's text, `shared` names the blocks that many requests begin with.
        """
        prompt = render(self.prompt, values, data, shared | {"system"})
        return Request(
            role=self.role,
            template=prompt.template,
            parts=prompt.parts,
            answer=self.answer,
            expect=dict(expect or {}),
            repeat=repeat,
        )


def register(agent: Agent) -> Agent:
    """Make an agent known. Raises ValueError where its role is taken by another one."""
    known = _AGENTS.setdefault(agent.role, agent)
    if (known.prompt, known.answer.__qualname__) != (agent.prompt, agent.answer.__qualname__):
        raise ValueError(f"the role {agent.role!r} is taken by {known.maker.__qualname__}")
    return known


def agents() -> Mapping[str, Agent]:
    """All registered agents by role, in alphabetical order; the modules of this room are read first."""
    for module in pkgutil.iter_modules([__file__.rsplit("/", 1)[0]]):
        importlib.import_module(f"{__package__}.{module.name}")
    return MappingProxyType(dict(sorted(_AGENTS.items())))


def agent_of(role: str) -> Agent:
    """The agent of a role. Raises OptionError naming the nearest."""
    known = agents()
    if role not in known:
        near = get_close_matches(role, known, n=1) or [", ".join(known)]
        raise OptionError(f"no agent is called {role!r}; did you mean {near[0]}?")
    return known[role]


def model_roles() -> tuple[str, ...]:
    """The roles for which a base model is chosen, in alphabetical order."""
    return tuple(role for role, agent in agents().items() if agent.model_role == role)
