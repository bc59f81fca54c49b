"""Rivals, the oracle and the benchmark: each does what it says, on the same world, and is counted alike."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from concord.errors import OptionError
from concord.evals.worlds.benchmark import Config, run, world_config
from concord.evals.worlds.config import shaped
from concord.evals.worlds.figures import exponent, figures, interval, middle
from concord.evals.worlds.generate import make_world
from concord.evals.worlds.inhabit import panel
from concord.evals.worlds.jobs import ABLATIONS, Job, Result, work
from concord.evals.worlds.outcome import Outcome, Point
from concord.evals.worlds.plot import curve, svg
from concord.evals.worlds.rounds import Rival, greedy, study
from concord.evals.worlds.scoring import Scorer
from concord.evals.worlds.shipped import sealed
from concord.evals.worlds.truth import Truth
from concord.graph.options import Options
from concord.models.records import Where
from concord.models.tokens import tokens
from concord.spec import Edit, Proposal, Spec

WORLD = make_world(shaped("small"), 2)
PANEL = panel(WORLD)
OPTIONS = Options(seed=2, split_seed=2, rounds=2)
TRUTH = Truth(WORLD, sealed(WORLD, OPTIONS))


def rival() -> Rival:
    return Rival(WORLD, PANEL, TRUTH, OPTIONS)


def proposal(old: str, new: str) -> Proposal:
    spec = Spec.parse(WORLD.spec)
    home = next(id for id in spec.ids if old in spec.source_of(id))
    edit = Edit(op="replace", section=home, anchor=old, text=new)
    return Proposal(edits=(edit,), intent="x", kind="clarification", origin="batch", base=spec.digest)


def test_the_fast_scorer_answers_and_counts_as_the_shipped_ranker_does() -> None:
    found = rival()
    spec = found.shop.setup.spec
    scorer: Scorer = found.scorer
    at = scorer.open[:40]
    names = [WORLD.names[int(i)] for i in at]
    fast = scorer.ranked(spec, at)
    slow = asyncio.run(
        found.shop.ranker.rank([scorer.question(name, spec) for name in names], Where(node="test"))
    )
    assert [str(fast[name].ranking) for name in names] == [str(answer.ranking) for answer in slow if answer]
    spent = found.shop.setup.budget.spent
    assert scorer.meter.calls == spent.calls == len(at)
    assert scorer.meter.tokens == pytest.approx(spent.tokens, rel=0.002)
    scorer.agreement(spec, at)
    assert scorer.meter.calls == len(at), "what was asked before costs nothing"
    request = found.shop.ranker.request(scorer.question(names[0], spec))
    assert sum(tokens(part.text) for part in request.parts) > tokens(spec.text)


def test_the_studys_loop_keeps_whatever_raises_the_mean_and_greedy_the_best_of_a_round() -> None:
    mend = next(m for m in WORLD.mends if m.before and m.after)
    from concord.evals.worlds.language import Rule, sentences, write

    standing = next(s for s in sentences(WORLD.spec) if (s.rule.topic, s.rule.quality) == mend.place)
    good = proposal(standing.text, write(Rule(mend.topic, mend.quality, mend.after)))
    other = next(s for s in sentences(WORLD.spec) if s.rule.strength == 1 and s.rule.topic != mend.topic)
    bad = proposal(other.text, write(Rule(other.rule.topic, other.rule.quality, -1.0)))
    null = proposal(other.text, write(other.rule, other.wording + 1))
    for keep in (study, greedy):
        found = rival()
        spec = found.shop.setup.spec
        after = keep(found, spec, [bad, good])
        assert mend.id in TRUTH.mended(after.text)
        assert other.text in after.text, "harm lowers the mean"
        assert found.scorer.meter.calls >= 3 * len(found.scorer.open)
    found = rival()
    raised = found.mean(Spec.parse(WORLD.spec.replace(null.edits[0].anchor, null.edits[0].text)))
    kept = study(found, found.shop.setup.spec, [null]).text != WORLD.spec
    assert kept == (raised > found.mean(found.shop.setup.spec)), "a reworded rule is kept by luck alone"


def test_gepa_stays_within_the_calls_it_is_given() -> None:
    pytest.importorskip("gepa", reason="the rival gepa needs the extra `rivals`")
    from concord.evals.worlds.gepa_rival import CONFIGURATIONS, changed_parts, parts, run_gepa

    spec = Spec.parse(WORLD.spec)
    assert spec.preamble + "".join(parts(spec).values()) == spec.text
    after = Spec.parse(spec.text.replace("## ", "## Even more on ", 1))
    assert set(changed_parts(spec, after)) <= set(spec.ids)
    found = run_gepa(CONFIGURATIONS[2], WORLD, PANEL, TRUTH, OPTIONS, max_calls=900)
    largest_step = len(rival().scorer.open)
    assert 500 < found.calls < 900 + largest_step
    assert found.path[0].gap_closed == 0
    assert found.gap_closed == found.path[-1].gap_closed


def test_one_job_tells_the_loop_its_oracle_and_an_ablation_apart(tmp_path: Path) -> None:
    job = Job(
        world=shaped("small"), seed=2, loop=OPTIONS, rivals=("study",), ablations=("no_screening",), oracle=True,
        scoping=True, write_to=tmp_path,
    )  # fmt: skip
    result = work(job)
    assert set(result.outcomes) == {"concord", "oracle", "study", "without:no_screening"}
    ours = result.outcomes["concord"]
    assert ours.precision in (None, 1.0)
    assert ours.calls < result.outcomes["study"].calls
    assert ours.path[-1].gap_closed == pytest.approx(ours.gap_closed)
    assert not any(name.startswith("calls_screen") for name in result.outcomes["without:no_screening"].extra)
    assert result.scoping is not None
    assert result.scoping.token_ratio < 0.8
    assert abs(result.scoping.agreement_loss) < 0.05
    assert (tmp_path / "world-2" / "comparisons.jsonl").exists()
    again = work(job.model_copy(update={"rivals": (), "ablations": (), "oracle": False, "write_to": None}))
    assert again.outcomes["concord"].model_copy(update={"seconds": 0.0}) == ours.model_copy(
        update={"seconds": 0.0}
    )


def outcome(gap: float, calls: int, method: str = "concord") -> Outcome:
    path = (
        Point(calls=0, gap_closed=0),
        Point(calls=calls // 2, gap_closed=gap * 0.6),
        Point(calls=calls, gap_closed=gap),
    )
    return Outcome(
        method=method, gap_closed=gap, sealed_gain=10 * gap, recall=1.0, recall_of_planted=gap, precision=1.0,
        adopted=4, proposed=4, calls=calls, trial_calls=calls // 2, tokens=calls * 100, path=path,
        extra={"proposals": 10.0, "by_both": 1.0, "mends_by_either": 4.0, "mends_by_both": 3.0},
    )  # fmt: skip


def test_figures_are_medians_with_paired_comparisons() -> None:
    results = [
        Result(
            seed=seed, conversations=100, original=0.6, best=0.7, seconds=1.0,
            outcomes={
                "concord": outcome(0.9, 100), "study": outcome(0.8, 1000, "study"), "oracle": outcome(0.9, 90),
                "gepa:a": outcome(0.2, 100), "gepa:b": outcome(0.4 + seed / 100, 100),
            },
        )
        for seed in range(9)
    ]  # fmt: skip
    found = figures(results)
    assert found["gap_closed"] == 0.9
    assert found["calls_ratio_study"] == pytest.approx(0.1)
    assert found["trial_calls_ratio_study"] == pytest.approx(0.1)
    assert found["gepa_gap_closed"] == pytest.approx(0.44), "the best of the configurations"
    assert found["gap_minus_gepa"] == pytest.approx(0.46)
    assert found["gap_minus_gepa_low"] == pytest.approx(0.9 - 0.47)
    assert found["calls_to_50"] == 50
    assert found["calls_to_90"] == 100
    assert found["proposer_overlap"] == pytest.approx(0.75)
    assert found["proposer_same_text"] == pytest.approx(0.1)


def test_the_interval_of_the_median_is_the_sign_tests() -> None:
    assert interval([float(v) for v in range(20)]) == (5.0, 14.0)
    assert interval([1.0, 2.0, 3.0]) == (None, None)
    assert middle([None, 1.0, 3.0]) == 2.0
    rng = np.random.default_rng(0)
    inside = [
        low <= 0 <= high
        for low, high in (interval(list(rng.normal(size=12))) for _ in range(400))
        if low is not None and high is not None
    ]
    assert np.mean(inside) > 0.94


def test_the_scaling_exponent_is_the_slope_on_logarithms() -> None:
    results = [
        Result(
            seed=0, conversations=size, original=0.6, best=0.7, seconds=1.0,
            outcomes={"concord": outcome(0.9, round(10 * size**0.5) * 2)},
        )
        for size in (100, 400, 1600)
    ]  # fmt: skip
    assert exponent(results) == pytest.approx(0.5, abs=0.01)
    assert exponent(results[:1]) is None


def test_the_plot_follows_the_median_path() -> None:
    outcomes = [outcome(0.9, 1000), outcome(0.7, 1000), outcome(0.8, 1000)]
    assert curve(outcomes, [100, 500, 999, 1000, 9000]) == pytest.approx([0, 0.48, 0.48, 0.8, 0.8])
    picture = svg({"concord": outcomes, "a<b": outcomes}, "Title & more")
    assert picture.startswith("<svg")
    assert "a&lt;b" in picture
    assert "Title &amp; more" in picture


def test_every_ablation_is_an_option_of_the_loop() -> None:
    for change in ABLATIONS.values():
        for option, value in change.items():
            assert getattr(Options(), option) != value


def test_a_worlds_file_changes_knobs_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text("planted = 3\n[model]\nhit = 0.9\n")
    changed = world_config(Config(shape="small", world=file))
    assert changed.planted == 3
    assert changed.model.hit == 0.9
    assert changed.model.ranker_noise == shaped("small").model.ranker_noise
    file.write_text("[model]\nhit = 2\nhits = 1\n")
    with pytest.raises(OptionError, match=r"model\.hit"):
        world_config(Config(shape="small", world=file))
    with pytest.raises(OptionError, match="can't be read"):
        world_config(Config(shape="small", world=tmp_path / "none.toml"))


def test_the_benchmark_writes_table_figures_and_plot(tmp_path: Path) -> None:
    config = Config(
        shape="small", rivals=(), oracle=False, scoping=False, scaling_seeds=0, processes=1, out=tmp_path,
        loop=Options(rounds=1, batches=2, singles=2),
    )  # fmt: skip
    lines: list[str] = []
    found = asyncio.run(run(config, seeds=1, seed=4, progress=lines.append))
    assert json.loads((tmp_path / "figures.json").read_text()) == found
    assert "gap closed" in (tmp_path / "table.txt").read_text()
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    assert len((tmp_path / "outcomes.jsonl").read_text().splitlines()) == 1
    assert any("1 of 1" in line for line in lines)
