"""What earlier rounds tell select: themes shown in vain, and conversations that an adopted edit touches."""

from collections.abc import Sequence

from .measuring import theme
from .state import State
from .workshop import Workshop


def explained(shop: Workshop, adopted: Sequence[str]) -> set[str]:
    """Training conversations that an adopted edit touches."""
    return {
        conversation
        for id in adopted
        for screened in shop.store.trials.find(proposal=id, stage="screen")
        for conversation in screened.planned
    }


def fruitless(shop: Workshop) -> dict[str, int]:
    """Theme to the rounds in which it was shown in vain since an edit there was last adopted."""
    counts: dict[str, int] = {}
    if shop.options.memory:
        for _, shown in shop.store.notes("shown:"):
            for name, fruit in (shown if isinstance(shown, dict) else {}).items():
                counts[name] = 0 if fruit else counts.get(name, 0) + 1
    return counts


def remember_fruit(shop: Workshop, state: State, adopted: Sequence[str]) -> None:
    """Keep which themes were shown this round, and whether an edit came of each."""
    spec = shop.bench.spec(state["current"])
    shown = {theme(shop, spec, id) for shard in state["shards"] for ids in shard["cases"] for id in ids}
    fruit = {theme(shop, spec, c) for id in adopted for c in shop.store.proposals.get(id).conversations}
    shop.store.put_note(f"shown:{state['round']:04d}", {name: name in fruit for name in sorted(shown)})
