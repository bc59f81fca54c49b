"""What a person asks for when a run is launched: spec, data, base models, options, budget."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from ..graph.options import Options
from ..models.protocol import Role
from ..records import Record

ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
MEASURING: tuple[Role, ...] = ("ranker", "relevance")
"""The agents that measure agreement: no text is proposed, nobody's words are sorted."""
TRYING: tuple[Role, ...] = ("ranker", "relevance", "validator")
"""The agents that put an edit to the test."""


class AgentModels(Record):
    """Which base model each agent thinks with."""

    model: str | None = None
    """Base model of the agents, such as openai:MODEL, openai:MODEL@http://host:port/v1, gguf:FILE or embedded."""
    ranker_model: str | None = None
    """Another base model for the ranker."""
    proposer_model: str | None = None
    """Another base model for the two proposers."""
    validator_model: str | None = None
    """Another base model for the validator."""
    relevance_model: str | None = None
    """Another base model for the relevance grader."""
    config: Path | None = None
    """TOML file with what base models need beyond a URI."""

    def of(self, roles: Sequence[Role] = ROLES) -> dict[Role, str | None]:
        """Agent to what was named for it; None: the models file says which."""
        own: dict[Role, str | None] = {
            "ranker": self.ranker_model, "relevance": self.relevance_model, "batch_proposer": self.proposer_model,
            "conversation_proposer": self.proposer_model, "validator": self.validator_model,
        }  # fmt: skip
        return {role: own[role] or self.model for role in roles}


class Limits(Record):
    """The budget of a run; None: no limit."""

    max_calls: int | None = Field(None, ge=1)
    """Budget in calls."""
    max_tokens: int | None = Field(None, ge=1)
    """Budget in tokens, in and out together."""
    max_usd: float | None = Field(None, ge=0)
    """Budget in dollars."""

    def raised(self, other: "Limits") -> "Limits":
        """With what `other` says laid over it."""
        said = {name: limit for name, limit in other if limit is not None}
        return self.model_copy(update=said)


class Preparation(Record):
    """What is done to participant data when it is read."""

    pseudonymise: bool = False
    """Replace participants' ids by salted hashes; the salt stays in the home."""
    exclude_careless: bool = False
    """Leave out participants with signs of carelessness (`concord data inspect` shows them)."""


class RunConfig(Record):
    """What a run was launched with; kept in its folder so that it can be taken up again."""

    spec: Path | None
    """None: the spec was given as an object, and resuming needs --spec."""
    data: Path | None
    """None: the people were given as an object, and resuming needs --data."""
    config: Path | None = None
    options: Options
    models: Mapping[Role, str | None]
    """Agent to base model; None: the models file says which."""
    limits: Limits = Limits()
    people: Preparation = Preparation()
    spec_digest: str = ""
    data_digest: str = ""
    run: str = ""
    """Tells this run from every other, whatever its folder is called."""
