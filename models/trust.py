"""What a models file would reach for: read before a configuration from somebody else is used."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from ..errors import ModelError
from .config import ModelConfig, Settings
from .endpoints import OPENAI_KEY, OPENAI_URL, split_uri
from .protocol import one_line


def reaches(uris: Iterable[str], config: ModelConfig) -> tuple[str, ...]:
    """What using these names and URIs under `config` touches outside of the process, a clause each.

    Servers that prompts go to, variables and files that keys are read from, files that are written or read,
    and code that is run. Empty for `embedded` alone.
    """
    found: dict[str, None] = {}
    for name in uris:
        for clause in _reached(name, config, 0):
            found[one_line(clause)] = None
    return tuple(found)


def refuse_unasked(
    uris: Iterable[str], config: ModelConfig, *, asked: Iterable[str] = (), source: str = "this configuration"
) -> None:
    """Raises ModelError where names out of a received configuration reach for anything.

    `asked` are the names and URIs that the person who runs it wrote themselves: what these reach is theirs.
    """
    own = set(reaches(asked, ModelConfig()))
    unasked = [clause for clause in reaches(uris, config) if clause not in own]
    if unasked:
        raise ModelError(
            f"{source} came with the run and {'; '.join(unasked)}: name the base models yourself (--model, "
            "--config) if that is what you want"
        )


def _reached(name: str, config: ModelConfig, depth: int) -> Iterable[str]:
    settings = config.settings(name)
    uri = config.uri(name)
    if uri != name and uri in config.models:
        yield from _keys(config.models[uri], uri)
    yield from _keys(settings, uri)
    scheme, _, rest = uri.partition(":")
    if scheme in ("openai", "openai-batch"):
        yield from _server(rest, settings)
    elif scheme == "python":
        yield f"runs the code of {rest}"
    elif scheme == "record":
        path, _, other = rest.partition("=")
        yield f"writes to the file {path}"
        if depth < 4:
            yield from _reached(other, config, depth + 1)
    elif scheme == "replay":
        yield f"reads the file {rest}"
    elif scheme == "batch-file":
        yield f"writes prompts into the folder {rest}"
    elif scheme == "gguf":
        yield f"loads the file {rest}"
    elif scheme == "embedded":
        if rest:
            yield f"reads the file {rest}"
    else:
        yield f"opens the base model {uri}"


def _keys(settings: Settings, uri: str) -> Iterable[str]:
    if settings.key_env:
        yield f"sends the key in {settings.key_env} to {uri}"
    if settings.key_file:
        yield f"sends the key in the file {settings.key_file} to {uri}"


def _server(rest: str, settings: Settings) -> Iterable[str]:
    try:
        _, address = split_uri(rest)
    except ModelError:
        address = rest
    yield f"sends prompts to {urlsplit(address).netloc or address if address else urlsplit(OPENAI_URL).netloc}"
    if address is None and not settings.key_env and not settings.key_file:
        yield f"sends the key in {OPENAI_KEY} to OpenAI"
