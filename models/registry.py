"""Base models by name: the built-in schemes, and those that other packages register."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from ..errors import ModelError
from .config import ModelConfig, Settings, nearest
from .executors import Workplace
from .plug_ins import guarded, held
from .protocol import BaseModel, Profile
from .reprofiled import Reprofiled

Factory = Callable[[str, Settings], BaseModel]
"""Makes the base model behind `SCHEME:REST`, given REST and its settings. Raises ModelError."""

GROUP = "concord.base_models"
"""The entry-point group: a name is a scheme, its object a Factory."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to name a base model. Its module is imported only when it is used."""

    name: str
    form: str
    about: str
    path: str
    """`module:function`, a module of this package when it begins with a dot."""
    needs: str = ""
    """A package that must be installed, and the extra that brings it."""
    extra: str = ""
    bare: bool = False
    """Whether the scheme alone, with nothing behind it, is a name."""
    wraps: bool = False
    """Whether it names another model: its function is given what opens that, in place of settings."""
    stays: bool = False
    """Whether it is asked from one place only, wherever the work is done: it keeps files or a queue."""

    @property
    def installed(self) -> bool:
        return not self.needs or find_spec(self.needs) is not None


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A row of `concord models`."""

    scheme: str
    form: str
    about: str
    source: str
    """`concord`, or the package that registered it."""
    ready: bool
    """Whether what it needs is installed."""
    needs: str = ""


_BUILT_IN = (
    Scheme(
        "openai",
        "openai:MODEL[@http://host:port/v1]",
        "a server that speaks Chat Completions: OpenAI, vLLM, SGLang, Ollama, llama.cpp, OpenRouter",
        ".openai_wire:open_openai",
    ),
    Scheme(
        "openai-batch",
        "openai-batch:MODEL[@http://host:port/v1]",
        "the same through a provider's queue of batches, for half the price and within a day",
        ".batch_server:open_batch",
    ),
    Scheme(
        "batch-file",
        "batch-file:DIR",
        "batches as files in a folder, answered by an engine such as vLLM's run-batch",
        ".batch_folder:open_folder",
    ),
    Scheme(
        "gguf",
        "gguf:/path/to/model.gguf",
        "llama.cpp in this process",
        ".gguf:open_gguf",
        needs="xllamacpp",
        extra="local",
    ),
    Scheme(
        "embedded",
        "embedded[:TABLE.toml]",
        "a small rule-based reader, so that everything runs with no key",
        ".embedded:open_embedded",
        bare=True,
    ),
    Scheme(
        "python",
        "python:package.module:factory",
        "whatever base model a function of yours makes",
        ".python_factory:open_python",
    ),
    Scheme(
        "record",
        "record:FILE=URI",
        "another model, its calls written to a file",
        ".recorded:open_recorder",
        wraps=True,
        stays=True,
    ),
    Scheme(
        "replay",
        "replay:FILE",
        "the answers of a recorded file, and nothing else",
        ".recorded:open_replay",
        stays=True,
    ),
)


def open_model(uri: str, config: ModelConfig | None = None) -> BaseModel:
    """The base model called `uri`: a URI, or a short name of the models file.

    Open a model once and share it between agents: its rate limiter counts all of them together. Raises ModelError
    for one that is unknown, badly configured, or in need of something not installed.
    """
    config = config or ModelConfig()
    settings = config.settings(uri)
    full = config.uri(uri)
    if full != uri and full in config.models:
        settings = _laid_over(config.models[full], settings)
    name, colon, rest = full.partition(":")
    scheme = next((scheme for scheme in _BUILT_IN if scheme.name == name), None)
    if scheme is not None and not rest and (colon or not scheme.bare):
        raise ModelError(f"the base model {uri!r} is incomplete: write {scheme.form}")
    if scheme is None:
        factory = _registered(name, uri, config)
    elif scheme.wraps:
        wrapper: Callable[[str, Callable[[str], BaseModel]], BaseModel] = _imported(scheme)
        return wrapper(rest, lambda other: open_model(other, config))
    else:
        factory = _imported(scheme)
    return _with_settings(factory(rest, settings), settings)


def open_at(place: Workplace, uri: str, config: ModelConfig | None = None) -> BaseModel:
    """`open_model`, its questions asked where `place` is. Raises ModelError."""
    model = open_model(uri, config)
    scheme = (config or ModelConfig()).uri(uri).partition(":")[0]
    if any(each.name == scheme and each.stays for each in _BUILT_IN):
        return model
    return place.spread(model, partial(open_model, uri, config))


def known_models() -> list[KnownModel]:
    """Everything that `open_model` understands, built-in schemes first."""
    rows = [
        KnownModel(s.name, s.form, s.about, "concord", s.installed, s.extra and f"concord-spec[{s.extra}]")
        for s in _BUILT_IN
    ]
    for point in sorted(_entry_points(), key=lambda point: point.name):
        package = point.dist.name if point.dist else point.module
        rows.append(KnownModel(point.name, f"{point.name}[:REST]", f"made by {point.value}", package, True))
    return rows


def _imported(scheme: Scheme) -> Any:
    if not scheme.installed:
        raise ModelError(
            f"{scheme.name}: needs the package {scheme.needs}: pip install 'concord-spec[{scheme.extra}]'"
        )
    module, _, function = scheme.path.partition(":")
    return getattr(import_module(module, __package__), function)


def _registered(name: str, uri: str, config: ModelConfig) -> Factory:
    found = {point.name: point for point in _entry_points()}
    if name not in found:
        known = [*(scheme.name for scheme in _BUILT_IN), *found, *config.models]
        raise ModelError(f"no base model is called {uri!r}{nearest(name, known)}")
    try:
        factory: Factory = guarded(f"the plug-in {name}", found[name].load)
    except ModelError as problem:
        if isinstance(problem.__cause__, (ImportError, AttributeError)):
            raise ModelError(
                f"the base model {name!r} is registered but can't be loaded: {problem.__cause__}"
            ) from None
        raise

    def checked(rest: str, settings: Settings) -> BaseModel:
        label = f"the plug-in {name}"
        return held(label, guarded(label, lambda: factory(rest, settings)))

    return checked


def _entry_points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _laid_over(below: Settings, above: Settings) -> Settings:
    """The settings of a URI with those of a short name for it on top."""
    stated = {field: getattr(above, field) for field in above.model_fields_set}
    return below.model_copy(update=stated)


def _with_settings(model: BaseModel, settings: Settings) -> BaseModel:
    """`model` under the prices, rates and limits of the config, whether or not its factory heeded them."""
    stated = settings.profile
    if model.profile.answers == "native":
        stated.pop("answers", None)
    profile = Profile.model_validate(model.profile.model_dump() | stated)
    return model if profile == model.profile else Reprofiled(model, profile)
