"""Writes the parts of docs/agents.md that come from the code: the table of agents, and a validator's prompt.

`python -m concord.testing.agents_page docs/agents.md`
"""

import re
import sys
from pathlib import Path

from ..agents.registry import agents
from .sample_prompts import sample_prompts


def written_anew(page: str) -> str:
    """The page with its table and its prompt as the code has them now. Raises ValueError for a missing mark."""
    return _between(_between(page, "table", _table()), "prompt", _prompt())


def _between(page: str, name: str, text: str) -> str:
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    found, count = pattern.subn(lambda match: f"{match[1]}{text}{match[2]}", page)
    if count != 1:
        raise ValueError(f"the page has {count} places for the {name}, not one")
    return found


def _table() -> str:
    rows = [
        f"| `{role}` | {agent.title} | `{agent.maker.__name__}` | `{agent.prompt}.jinja` | "
        f"{', '.join(agent.answer.model_fields)} | `{agent.model_role}` |"
        for role, agent in agents().items()
    ]
    head = "| role | what it does | class | template | it answers with | base model of |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _prompt() -> str:
    (request,) = [sample.request for sample in sample_prompts() if sample.role == "validator"]
    return f"~~~text\n{request.system.strip()}\n\n{'-' * 20}\n\n{request.user.strip()}\n~~~\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(written_anew(path.read_text(encoding="utf-8")), encoding="utf-8")
