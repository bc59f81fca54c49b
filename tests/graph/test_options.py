"""Options: flat, each with its range and its help, stated once."""

import pytest
from pydantic import ValidationError

from concord.graph import Options, Policies
from concord.graph.policies.acceptance import acceptance_policy


@pytest.mark.parametrize("name", sorted(Options.model_fields))
def test_every_option_says_what_it_does(name: str) -> None:
    described = Options.model_fields[name].description
    assert described
    assert described.rstrip(")").endswith((".", "only"))


def test_every_option_has_a_default_and_is_flat() -> None:
    dumped = Options().model_dump(mode="json")
    plain = (str, int, float, bool)
    # What may be given several times is a list of plain values.
    assert all(value in (None, []) or isinstance(value, plain) for value in dumped.values())


@pytest.mark.parametrize(
    "wrong", [{"alpha": 0}, {"alpha": 1}, {"q": 0}, {"folds": 1}, {"draws": 0}, {"max_failed_share": 0}]
)
def test_a_value_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)


def test_the_engines_policy_follows_the_options() -> None:
    policy = acceptance_policy(Options(alpha=0.01, q=0.2, draws=3, trial_items=30, evidence="proven"))
    assert (policy.alpha, policy.q, policy.draws, policy.trial_items) == (0.01, 0.2, 3, 30)
    assert policy.evidence == "proven"
    assert not acceptance_policy(Options(screening=False)).screen.enabled


def test_the_defaults_are_the_engines_own() -> None:
    assert acceptance_policy(Options()) == Policies.of(Options()).acceptance
