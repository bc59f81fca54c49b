"""splitting: how the data is cut into open folds and the sealed test split."""

from collections.abc import Callable

from ...panel.splits import FoldedSplitter, FoldSplitter
from ..options import Options


def by_prompts(options: Options) -> FoldedSplitter:
    """Folds by a hash of the prompt: conversations that share one stand together."""
    return FoldSplitter(
        seed=options.split_seed,
        folds=options.folds,
        test_share=options.test_share,
        reserve_share=options.reserve_share,
    )


SPLITTINGS: dict[str, Callable[[Options], FoldedSplitter]] = {"prompts": by_prompts}
