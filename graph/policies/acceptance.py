"""acceptance: the engine's policy as a run's options say it."""

from ...trials.policy import AcceptancePolicy, RegressionPolicy, ScreenPolicy
from ..options import Options

OVERLAYS = 0.5
"""Share of alpha and q that is kept for overlays, where groups may have some."""


def acceptance_policy(options: Options) -> AcceptancePolicy:
    kept = OVERLAYS if options.per_group else 0.0
    return AcceptancePolicy(
        alpha=options.alpha * (1 - kept),
        overlay_alpha=options.alpha * kept,
        overlay_q=options.q * kept,
        **({"max_trials": options.max_trials} if options.max_trials else {}),
        proof_trials=options.proof_trials,
        evidence=options.evidence,
        q=options.q * (1 - kept),
        rule=options.rule,
        likely_rule=options.likely_rule,
        prune=options.prune,
        retry=options.retry,
        draws=options.draws,
        trial_items=options.trial_items,
        screen=ScreenPolicy(enabled=options.screening, racing=options.racing, most=options.screen_items),
        regression=RegressionPolicy(most=options.regression_items),
    )
