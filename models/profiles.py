"""What known models can do; careful guesses for the rest."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from ..errors import ModelError
from .prices import known_prices
from .protocol import Profile


class _Known(NamedTuple):
    begins: str
    context: int
    reasoning: bool
    breakpoints: bool


# The first row whose name begins the model's name counts, so longer names stand before shorter ones.
_KNOWN = (
    _Known("gpt-6", 1_050_000, True, True),
    _Known("gpt-5.6", 1_050_000, True, True),
    _Known("gpt-5.4", 400_000, True, False),
    _Known("gpt-5-chat", 128_000, False, False),
    _Known("gpt-5", 400_000, True, False),
    _Known("gpt-4.1", 1_047_576, False, False),
    _Known("gpt-4o", 128_000, False, False),
    _Known("o4-mini", 200_000, True, False),
    _Known("o3", 200_000, True, False),
)


def profile_for(
    name: str, *, url: str = "", official: bool = False, overrides: Mapping[str, JsonValue] | None = None
) -> Profile:
    """The profile of the model called `name`, with `overrides` (field names of Profile) laid over it.

    What isn't known is set to what does no harm: no context length (so nothing is split), no log
    probabilities. A router's prefix (`openai/gpt-4.1`) doesn't hide a known name. Prices are those of the
    server at `url`; None where they aren't known. Raises ModelError for an override that doesn't fit.
    """
    bare = name.rsplit("/", 1)[-1]
    known = next((row for row in _KNOWN if bare.startswith(row.begins)), None)
    fields: dict[str, JsonValue] = {"answers": "strict_schema", "concurrency": 32 if official else 16}
    if known is not None:
        fields |= {
            "context_tokens": known.context,
            "reasoning": known.reasoning,
            "logprobs": not known.reasoning,
            "seed": not known.reasoning,
            "output_tokens": 16_384 if known.reasoning else 4096,
            "cache_breakpoints": known.breakpoints and official,
        }
    if url:
        fields |= known_prices(name, url)
    try:
        return Profile.model_validate(fields | dict(overrides or {}))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelError(f"the profile of {name} can't have {where}: {first['msg'].lower()}") from None
