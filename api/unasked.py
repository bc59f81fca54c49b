"""Base models that are only looked at: for planning a run with no key and no server."""

from collections.abc import Mapping

from ..errors import ModelError
from ..graph.context import RunInputs
from ..graph.options import Options
from ..graph.run_records import RunRecords
from ..models.batch_server import halved
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.endpoints import Endpoint, address_of, split_uri
from ..models.profiles import profile_for
from ..models.protocol import BaseModel, Failure, Profile, Reply, Request, Role
from ..models.registry import open_model
from ..panel.records import Panel
from ..spec import Spec
from ..store.memory import MemoryCallCache
from .config import ROLES

_LIVE, _QUEUE = "openai", "openai-batch"


class Unasked:
    """A base model's name and profile, without its endpoint and key. Asking it is a mistake."""

    def __init__(self, uri: str, profile: Profile) -> None:
        self.uri = uri
        self.identity = uri
        self.profile = profile

    async def complete(self, _request: Request, /) -> Reply | Failure:
        raise ModelError(f"{self.uri} was opened for planning only: it can't be asked")

    async def close(self) -> None:
        pass


def profile_alone(uri: str, config: ModelConfig) -> BaseModel:
    """The base model called `uri` with its true profile, needing no key. Raises ModelError."""
    full = config.uri(uri)
    scheme, _, rest = full.partition(":")
    if scheme not in (_LIVE, _QUEUE) or not rest:
        return open_model(uri, config)
    settings = config.settings(uri)
    said = config.settings(full).profile | settings.profile
    name, address = split_uri(rest)
    url = address_of(address)
    profile = profile_for(name, url=url, official=Endpoint(url).official, overrides=said)
    return Unasked(uri, profile if scheme == _LIVE else halved(profile, said))


def without_asking(
    spec: Spec, panel: Panel, records: RunRecords, options: Options, models: Mapping[Role, str]
) -> RunInputs:
    """The inputs of a run that is only looked at: its records, and models that can't be asked, by their names."""
    budget = Budget()
    cache = MemoryCallCache()

    def caller(role: Role) -> Caller:
        nobody = Unasked(models.get(role, "unknown"), Profile(answers="native"))
        return Caller(nobody, cache=cache, calls=records.calls, budget=budget)

    return RunInputs(
        spec=spec, panel=panel, callers={role: caller(role) for role in ROLES}, budget=budget, records=records,
        options=options,
    )  # fmt: skip
