"""What known models can do and what they cost; careful guesses for the rest.

Prices are US dollars per million tokens at the standard tier, read in November 2026; where they matter, state
yours in the models file.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from ..errors import ModelError
from .protocol import Profile


class _Known(NamedTuple):
    begins: str
    context: int
    reasoning: bool
    breakpoints: bool
    usd: tuple[float, float, float] | None
    """Input, cached input, output; None: not known here. They hold for this name and its dated snapshots
    (`-2026-10-26`), not for every name that begins so."""


# The first row whose name begins the model's name counts, so longer names stand before shorter ones.
_KNOWN = (
    _Known("gpt-6.1-terra", 1_050_000, True, True, (1.0, 0.05, 5.0)),
    _Known("gpt-6.1-sol", 1_050_000, True, True, (2.0, 0.1, 10.0)),
    _Known("gpt-6-sol", 1_050_000, True, True, (2.0, 0.2, 10.0)),
    _Known("gpt-6-luna", 1_050_000, True, True, (0.1, 0.01, 0.5)),
    _Known("gpt-6", 1_050_000, True, True, None),
    _Known("gpt-5.6-luna", 1_050_000, True, True, (0.2, 0.02, 1.2)),
    _Known("gpt-5.6-terra", 1_050_000, True, True, (2.0, 0.2, 12.0)),
    _Known("gpt-5.6", 1_050_000, True, True, None),
    _Known("gpt-5.4-mini", 400_000, True, False, (0.75, 0.075, 4.5)),
    _Known("gpt-5.4", 400_000, True, False, (2.5, 0.25, 15.0)),
    _Known("gpt-5-chat", 128_000, False, False, None),
    _Known("gpt-5-mini", 400_000, True, False, (0.25, 0.025, 2.0)),
    _Known("gpt-5-nano", 400_000, True, False, (0.05, 0.005, 0.4)),
    _Known("gpt-5", 400_000, True, False, (1.25, 0.125, 10.0)),
    _Known("gpt-4.1-mini", 1_047_576, False, False, (0.4, 0.1, 1.6)),
    _Known("gpt-4.1-nano", 1_047_576, False, False, (0.1, 0.025, 0.4)),
    _Known("gpt-4.1", 1_047_576, False, False, (2.0, 0.5, 8.0)),
    _Known("gpt-4o-mini", 128_000, False, False, (0.15, 0.075, 0.6)),
    _Known("gpt-4o", 128_000, False, False, (2.5, 1.25, 10.0)),
    _Known("o4-mini", 200_000, True, False, (1.1, 0.275, 4.4)),
    _Known("o3", 200_000, True, False, (2.0, 0.5, 8.0)),
)


def profile_for(name: str, *, official: bool, overrides: Mapping[str, JsonValue] | None = None) -> Profile:
    """The profile of the model called `name`, with `overrides` (field names of Profile) laid over it.

    What isn't known of a model on OpenAI's own service, or of one on another server, is set to what does no
    harm: no context length (so nothing is split), no price, no log probabilities. A router's prefix
    (`openai/gpt-4.1`) doesn't hide a known name. Raises ModelError for an override that doesn't fit.
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
        if known.usd is not None and re.fullmatch(r"(-\d{4}-\d{2}-\d{2})?", bare.removeprefix(known.begins)):
            names = ("usd_per_million_input", "usd_per_million_cached", "usd_per_million_output")
            fields |= dict(zip(names, known.usd, strict=True))
    try:
        return Profile.model_validate(fields | dict(overrides or {}))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(place) for place in first["loc"])
        raise ModelError(f"the profile of {name} can't have {where}: {first['msg'].lower()}") from None


def known_names() -> tuple[str, ...]:
    """What the names of the models in the table begin with."""
    return tuple(row.begins for row in _KNOWN)
