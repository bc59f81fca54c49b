"""Every knob of a synthetic world: its size, its people, what its spec lacks, its proposals, and its reader's errors.

What is marked *assumed* has no published figure that we know of. CA-1 stands for the public release of the
collective-alignment study (counts over its 18,384 assessments).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ...errors import OptionError
from ...records import Record

Shape = Literal["small", "ca1", "sixty"]
Effects = Literal["small", "medium", "large", "life"]
Share = float
"""A fraction from 0 to 1."""


class PeopleConfig(Record):
    """How people rank and what they write. A person keeps their taste and group over all conversations."""

    participants: int = Field(100, ge=3)
    raters: int = Field(12, ge=2)
    """People on a conversation (CA-1: median 16)."""
    crowd: bool = False
    """Whether one conversation is judged by everybody, as in CA-1."""
    duplicates: Share = 0.006
    """Cells judged twice (CA-1: 111 of 18,273 cells)."""
    noise: float = Field(1.0, ge=0)
    """Sd of a person's own error where what people share has sd 1: two people then agree on a strict pair 0.69
    of the time (CA-1)."""
    taste: float = Field(0.35, ge=0)
    """Sd of a person's lasting leaning for or against each quality that a rule speaks of (*assumed*)."""
    length_taste: float = 0.2
    """How much longer answers please, a log-sd (CA-1: the longest response is the top choice in 37 % of
    rankings, 25 % being chance)."""
    closeness: float = Field(0.26, ge=0)
    """Median gap below which two neighbours tie (CA-1: about half of the rankings hold a tie)."""
    unevenness: float = Field(0.68, ge=0)
    """Sd of the logarithm of that gap (CA-1: 2.42 % tie all four)."""
    subgroups: int = Field(2, ge=0)
    """Groups, told by the country, of a fifth of the people each, that want the opposite of some rules (*assumed*;
    CA-1: "depends on a person's values or culture" in 8,650 of 18,384)."""
    subgroup_rules: int = Field(2, ge=0)
    states_reason: Share = 0.7
    """Justifications that name a quality that moved the person (CA-1: 16.3 % have under 20 characters)."""
    own_words: Share = 0.75
    """Of those, the ones in other words than a rule would use (*assumed*)."""
    slips: Share = 0.126
    """Reasons that name another response as best than the one ranked first (CA-1: 12.6 %)."""


class ReaderConfig(Record):
    """How the simulated base model errs. `concord calibrate` measures most of these on a real one.

    Flip shares are of strict response pairs in two readings, and are turned into errors with the variance that
    gives such flips for normal readings: correlation cos(pi f) (Sheppard 1899).
    """

    insight: Share = 0.6
    """Correlation of the reader's own view of an answer with what everyone sees, spec or no spec (*assumed*)."""
    retest_flips: Share = 0.05
    """The same prompt asked twice (pairwise verdicts flip in 13.6 % at default temperature, "The Coin Flip Judge?"
    2026, arXiv 2606.13685; far less at temperature 0: Shi et al. 2024, arXiv 2406.07791)."""
    order_flips: Share = 0.10
    """The responses in another order (GPT-4 keeps 65 to 82 % of its verdicts when two answers are swapped: Zheng et
    al. 2023, arXiv 2306.05685; Wang et al. 2023, arXiv 2305.17926). Beside `position_bias`."""
    wording_flips: Share = 0.10
    """Words of the spec that mean the same (templates of one meaning change 25 % of majority verdicts: arXiv
    2606.13685; 1 to 10 % after correction: JudgeSense 2026, arXiv 2604.23478)."""
    position_bias: float = 0.15
    """What the first place adds, in sd of the shared utility; later places lose it evenly (Zheng et al. 2023; first
    answers won 72 % of majorities: arXiv 2606.13685)."""
    length_bias: float = 0.12
    """What one log-sd of length adds (Zheng et al. 2023, verbosity bias; Dubois et al. 2024, arXiv 2404.04475)."""
    wording_push: float = Field(0.06, ge=0)
    """Sd over section texts of how much each, by its mere wording, draws the reader to or from what everyone sees:
    a rewording comes to 0.5 to 2 points where it applies (*assumed*)."""
    tie_step: float = Field(0.05, ge=0)
    """Utilities within such a step tie."""
    relevance_recall: Share = 0.9
    relevance_precision: Share = 0.85
    relevance_spread: float = Field(0.8, ge=0)
    """Sd of the logit of both, from section to section: some sections are graded badly throughout (*assumed*)."""
    validator_accuracy: Share = 0.88
    """Justifications classed rightly (GPT-4 agrees with experts in 85 % of votes: Zheng et al. 2023)."""
    validator_lean: Share = 0.7
    """Of the errors on silent justifications, those that come out as support (*assumed*: readers see what they
    are asked about)."""
    validator_confusion: Mapping[str, Mapping[str, float]] = {}
    """In place of accuracy and lean: right stance to how often each was given (`concord eval validator --reader`)."""
    synonyms: Share = 0.85
    """Reasons in other words that are understood; a phrase is understood always or never (*assumed*)."""


class ProposerConfig(Record):
    """What the simulated proposers answer with. There is no published mixture; the shares are *assumed*, from
    rewriting specs with strong models: most proposals find the place, few are exact."""

    finds: Share = 0.45
    """Chance that a proposal goes after what the cases in view show, and not after something else."""
    exact: Share = 0.5
    """Of these: the rule as people want it. The rest is partial, over-broad or mixed."""
    partial: Share = 0.2
    """"may" where people want "should"."""
    broad: Share = 0.15
    """The rule for all talk, not only for the topic."""
    paraphrases: Share = 0.35
    """Of the others: rewordings that change nothing."""
    lengths: Share = 0.1
    """Of the others: a wish for longer or shorter answers."""
    batch_cases: int = Field(3, ge=1)
    """The batch proposer takes a reason for a pattern when so many conversations show it."""
    batch_changes: int = Field(3, ge=1)

    @property
    def mixed(self) -> float:
        """The rest of what finds the place: the right rule, with a harmful sentence beside it."""
        return 1.0 - self.exact - self.partial - self.broad

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.mixed < -1e-9 or self.paraphrases + self.lengths > 1 + 1e-9:
            raise OptionError("the shares of a proposer's answers may not exceed 1 together")
        return self


class WorldConfig(Record):
    """A world's size and what is planted in it."""

    conversations: int = Field(320, ge=12)
    fresh: int = Field(3000, ge=100)
    """Further conversations, with people of their own, on which the truth is told."""
    sections: int = Field(12, ge=3)
    chapter: int = Field(8, ge=1)
    concerns: tuple[float, float, float] = (0.45, 0.40, 0.15)
    """Share of conversations that concern 1, 2 and 3 topics (*assumed*)."""
    planted: int = Field(4, ge=0)
    """Places where people want something else than the spec says."""
    touches: tuple[float, float] = (0.18, 0.26)
    """Share of the conversations that a planted place bears on, from and to."""
    new_sections: Share = 0.15
    """Of the planted places, those whose topic has no section."""
    effects: Effects = "medium"
    weights: tuple[float, float] = (0.0, 0.0)
    """Median and log-sd of the utility that closing a planted place moves; 0: what `effects` says. Drawn once, never
    adjusted."""
    backed: float = 0.7
    """Median weight of the qualities that the spec's other rules ask for, as people do."""
    base: float = Field(1.0, ge=0)
    """Sd of what everyone sees in an answer whatever the spec says; the weights are beside it."""
    people: PeopleConfig = PeopleConfig()
    reader: ReaderConfig = ReaderConfig()
    proposer: ProposerConfig = ProposerConfig()

    @property
    def weight(self) -> tuple[float, float]:
        return self.weights if self.weights[0] else EFFECTS[self.effects]

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.planted > self.sections:
            raise OptionError(
                f"{self.planted} planted places need as many sections; there are {self.sections}"
            )
        return self


EFFECTS: Mapping[Effects, tuple[float, float]] = {
    "small": (1.0, 0.08),
    "medium": (1.5, 0.2),
    "large": (3.0, 0.2),
    "life": (0.7, 0.6),
}
"""Median and log-sd of a planted quality's weight. What an edit then moves on what it touches comes out at 4 to 7
points, 6 to 11 and 12 to 22; in `life`, most edits between -3 and 5 and few above 8. `effect_...` among the figures
tells what it came to."""

_PLANTED: Mapping[Effects, float] = {"small": 1.0, "medium": 0.7, "large": 0.4, "life": 1.4}
"""Places relative to the shape's, so that the true spec is 3 to 8 points above the original throughout."""


def shaped(shape: Shape, effects: Effects = "medium") -> WorldConfig:
    """`small` for tests, `ca1` as large as the CA-1 release, `sixty` conversations of five people each."""
    if shape == "sixty":
        return WorldConfig(
            conversations=60, sections=4, planted=2, touches=(0.333, 0.334), new_sections=0.0, effects="large",
            weights=(2.1, 0.05), base=0.8, concerns=(1.0, 0.0, 0.0),
            people=PeopleConfig(participants=24, raters=5, duplicates=0.0, subgroups=0),
            reader=ReaderConfig(retest_flips=0.05, wording_flips=0.142),
        )  # fmt: skip
    if shape == "small":
        return WorldConfig(planted=max(1, round(4 * _PLANTED[effects])), effects=effects)
    return WorldConfig(
        conversations=1078, sections=40, planted=round(10 * _PLANTED[effects]), effects=effects,
        touches=(60 / 1078, 150 / 1078), people=PeopleConfig(participants=1012, raters=16, crowd=True),
    )  # fmt: skip


def overlaid(base: WorldConfig, world: Path | None, reader: Mapping[str, Any] | None = None) -> WorldConfig:
    """`base` with the knobs of a TOML file, and with a measured reader's errors. Raises OptionError."""
    told: dict[str, Any] = {}
    if world is not None:
        try:
            told = tomllib.loads(world.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise OptionError(f"the world's file {str(world)!r} can't be read: {problem}") from None
    if reader:
        told = _over(told, {"reader": dict(reader)})
    try:
        return WorldConfig.model_validate(_over(base.model_dump(), told))
    except ValidationError as problem:
        first = problem.errors()[0]
        raise OptionError(
            f"{world or 'reader'}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from None


def _over(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in more.items():
        old = merged.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _over(dict(old or {}), value) if nested else value
    return merged
