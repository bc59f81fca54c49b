"""What a model's tokens cost, from the price list that the package genai-prices carries. Nothing is fetched."""

from datetime import UTC, datetime
from typing import Any

NAMES = ("usd_per_million_input", "usd_per_million_cached", "usd_per_million_output")


def known_prices(name: str, url: str) -> dict[str, float]:
    """Dollars per million tokens (fields of Profile) of the model called `name` at the server `url`.

    Empty where the list has no such model there: a name that looks alike elsewhere says nothing about this
    server's bill. Providers that charge more for very long prompts are reckoned at their base price.
    """
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, model = get_snapshot().find_provider_model(name, None, None, url)
    except LookupError:
        return {}
    prices = model.get_prices(datetime.now(UTC))
    listed = (prices.input_mtok, prices.cache_read_mtok, prices.output_mtok)
    found = {field: _base(price) for field, price in zip(NAMES, listed, strict=True) if price is not None}
    return found if NAMES[0] in found and NAMES[2] in found else {}


def _base(price: Any) -> float:
    return float(getattr(price, "base", price))
