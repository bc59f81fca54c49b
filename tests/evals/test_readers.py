"""Experiments on readers: the five tiny tasks, the answer key, comparing base models, throughput."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from concord.agents.answer_key import comparisons
from concord.errors import ModelError, OptionError, SpecError
from concord.evals import throughput
from concord.models.registry import open_model
from concord.panel.importers.load import load
from concord.panel.ranking import Ranking
from concord.panel.splits import FoldSplitter
from concord.review import answer_key
from concord.review.compare import compare, likeness
from concord.review.compare_records import Config as CompareConfig
from concord.review.model_check import ModelCheck, check_model
from concord.spec import Spec
from concord.testing.fake_server import ChatServer
from concord.testing.hash_answers import Asked, answer_by_hash
from concord.testing.prompt_reader import read_prompt

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE, PEOPLE = ROOT / "example/spec.md", ROOT / "example/data"
MODEL_SPEC = ROOT.parent / "shared/data/model_spec/2025-04-11.md"

KEYED = """# Manner

Never insult the user.

~~~xml
<user>
You are wrong, it is four.
</user>
<comparison>
<assistant> <!-- BAD: insults -->
You fool, it is five.
</assistant>
<assistant> <!-- GOOD: plain -->
You are right, it is four.
</assistant>
</comparison>
~~~

# Length

Be brief.

~~~xml
<user>
How many legs has a cat?
</user>
<comparison>
<assistant> <!-- GOOD -->
Four.
</assistant>
<assistant> <!-- BAD -->
A cat, which is an animal, has a number of legs, and that number is four.
</assistant>
<assistant> <!-- BAD -->
Why would anybody wish to know how many legs it has?
</assistant>
</comparison>
~~~
"""


def judging(better: Callable[[str], float]) -> Callable[[Asked], str]:
    """A server's answers: ranks by the score of each response's text, reads all else by the stand-in."""

    def answer(asked: Asked) -> str:
        responses = [part.split("\n", 1) for part in asked.user.split("\nResponse: ")[1:]]
        if not responses or '"ranking"' not in asked.system:
            return answer_by_hash(asked)
        scores = {label: better(text.split("\n")[1]) for label, text in responses}
        return json.dumps({"explanation": "", "ranking": str(Ranking.from_scores(scores))})

    return answer


# The five tasks


def check_of(uri: str) -> ModelCheck:
    async def run() -> ModelCheck:
        model = open_model(uri)
        try:
            return await check_model(model)
        finally:
            await model.close()

    return asyncio.run(run())


def test_the_rule_based_reader_passes_its_five_tasks() -> None:
    found = check_of("embedded")
    assert [task.agent for task in found.tasks if task.passed] == [
        "ranker", "relevance", "batch_proposer", "conversation_proposer", "validator",
    ]  # fmt: skip
    assert found.report.notice


def test_a_model_that_answers_in_prose_fails_each_task_with_its_reason() -> None:
    with ChatServer(lambda _: "I would rather not.") as server:
        found = check_of(f"openai:m@{server.url}")
    assert len(found.tasks) == 5
    for task in found.tasks:
        assert not task.passed
        assert "no usable answer" in task.outcome


def test_a_model_that_is_down_is_set_no_task() -> None:
    found = check_of("openai:m@http://127.0.0.1:9/v1")
    assert found.tasks == ()
    assert len(found.report.troubles) == 1


# The answer key


def figures(tmp_path: Path, text: str, model: str, seeds: int = 1) -> dict[str, float | None]:
    path = tmp_path / "spec.md"
    path.write_text(text, encoding="utf-8")
    return asyncio.run(answer_key.run(answer_key.Config(spec=path, model=model), seeds=seeds))


def test_pairs_of_good_and_bad_are_counted_and_no_label_tells_which() -> None:
    found = comparisons(Spec.parse(KEYED))
    assert [each.section for each in found] == ["manner", "length"]
    assert [sorted(each.labels.values()) for each in found] == [["BAD", "GOOD"], ["BAD", "BAD", "GOOD"]]
    turned = comparisons(Spec.parse(KEYED.replace("BAD: insults", "GOOD").replace("GOOD: plain", "BAD")))
    assert [r.text for r in found[0].conversation.responses] == [
        r.text for r in turned[0].conversation.responses
    ]


def test_a_reader_of_short_answers_gets_the_accuracy_that_a_hand_count_gives(tmp_path: Path) -> None:
    """Shorter is better: right on the 2 pairs of the second comparison, wrong on the 1 of the first."""
    with ChatServer(judging(lambda text: -len(text))) as server:
        found = figures(tmp_path, KEYED, f"openai:m@{server.url}")
    assert found["pairs"] == 3
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["accuracy_no_spec"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["gain"] == 0
    assert found["share_read"] == 1
    assert found["accuracy_low"] == 0.0, "two sections tell next to nothing"


def test_ties_count_half_and_are_not_read(tmp_path: Path) -> None:
    with ChatServer(judging(lambda text: 0.0)) as server:
        found = figures(tmp_path, KEYED, f"openai:m@{server.url}", seeds=2)
    assert found["accuracy"] == 0.5
    assert found["share_read"] == 0
    assert found["answered"] == 1


def test_the_examples_are_hidden_and_the_rule_is_in_view(tmp_path: Path) -> None:
    with ChatServer() as server:
        server.keep = True
        figures(tmp_path, KEYED, f"openai:m@{server.url}")
        prompts = [asked.user for asked in server.asked]
    with_rule = [prompt for prompt in prompts if "Never insult the user." in prompt]
    assert len(with_rule) == 1
    assert all(prompt.count("You fool, it is five.") <= 1 for prompt in prompts)
    assert not any("GOOD" in prompt or "BAD" in prompt for prompt in prompts)


def test_calls_that_fail_are_told_and_left_out(tmp_path: Path) -> None:
    with ChatServer(lambda asked: "no" if "cat" in asked.user else answer_by_hash(asked)) as server:
        found = figures(tmp_path, KEYED, f"openai:m@{server.url}")
    assert found["answered"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["accuracy"] in (0.0, 0.5, 1.0)


def test_a_spec_without_an_answer_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no answer key"):
        figures(tmp_path, "# Manner\n\nBe kind.\n", "embedded")


@pytest.mark.skipif(not MODEL_SPEC.is_file(), reason="the Model Spec is not beside this repository")
def test_the_model_specs_own_examples_are_all_asked() -> None:
    found = comparisons(Spec.parse(MODEL_SPEC.read_text(encoding="utf-8")))
    assert len(found) == 135
    assert sum(len(each.scores(None)) for each in found) == 166


# Comparing readers


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("A>B>C", "A>B>C", 1.0), ("A>B>C", "C>B>A", 0.0), ("A=B=C", "A=B=C", 1.0), ("A>B>C", "A=B=C", 0.5),
     ("A>B=C", "A>C>B", 5 / 6)],
)  # fmt: skip
def test_likeness_of_two_rankings(one: str, other: str, alike: float) -> None:
    first, second = Ranking.parse(one), Ranking.parse(other)
    assert likeness(first, second) == likeness(second, first) == pytest.approx(alike)


def test_two_readers_are_told_apart_with_an_interval() -> None:
    with ChatServer(judging(len)) as server:
        server.keep = True
        rival = f"openai:m@{server.url}"
        config = CompareConfig(models=("embedded", rival), spec=EXAMPLE, data=PEOPLE, limit=40, repeats=3)
        found = asyncio.run(compare(config))
        prompts = [asked.user for asked in server.asked]
    mine, longest = found.readers
    assert [mine.model, longest.model] == ["embedded", rival]
    assert mine.notice
    assert not longest.notice
    assert found.conversations == mine.conversations == longest.conversations == 40
    assert longest.order_consistency.estimate == longest.self_consistency.estimate == 1.0
    assert longest.spent.calls == 160
    assert longest.spent.input_tokens > 0
    (pair,) = found.pairs
    assert mine.level.estimate is not None
    assert longest.level.estimate is not None
    assert pair.difference.estimate == pytest.approx(longest.level.estimate - mine.level.estimate, abs=1e-5)
    assert pair.difference.low is not None
    assert pair.likeness.estimate is not None
    assert pair.likeness.estimate < 1
    panel = load(PEOPLE)
    sealed = [one for one in panel.conversations.values() if FoldSplitter().place_of(one) == "test"]
    assert not any(one.messages[-1].content in prompt for one in sealed[:20] for prompt in prompts)


def test_a_reader_that_goes_by_place_is_caught() -> None:
    def first_shown(asked: Asked) -> str:
        if '"ranking"' not in asked.system:
            return answer_by_hash(asked)
        shown = read_prompt(asked.system, asked.user).conversations[0].responses
        labels = [response.label for response in shown]
        return json.dumps({"explanation": "", "ranking": ">".join(labels)})

    with ChatServer(first_shown) as server:
        config = CompareConfig(
            models=(f"openai:m@{server.url}",),
            spec=EXAMPLE,
            data=PEOPLE,
            limit=30,
            relevance_model="embedded",
        )
        (reader,) = asyncio.run(compare(config)).readers
    assert reader.self_consistency.estimate == 1.0
    assert reader.order_consistency.estimate is not None
    assert reader.order_consistency.estimate < 0.75


def test_a_wrong_name_costs_nothing() -> None:
    with ChatServer() as server:
        config = CompareConfig(models=(f"openai:m@{server.url}", "nobody"), spec=EXAMPLE, data=PEOPLE)
        with pytest.raises(ModelError, match="nobody"):
            asyncio.run(compare(config))
        assert not server.requests
    with pytest.raises(OptionError, match="twice"):
        asyncio.run(compare(config.model_copy(update={"models": ("embedded", "embedded")})))


# Throughput


def test_throughput_figures_come_out_of_a_small_run() -> None:
    config = throughput.Config(
        prompts=40, latency=0.05, at_once=20, pairs=1, memory_prompts=0, round_conversations=80
    )
    found = asyncio.run(throughput.run(config))
    assert found["peak_mb"] is None
    assert float(found["round_wall_ratio"] or 0) >= float(found["round_wait_ratio"] or 0) * 0.5 > 0.5
    assert float(found["round_serial_waits"] or 0) > 5
    assert found["wall_ratio"] is not None
    assert 0.5 < found["wall_ratio"] < 5, "one call after the other would take twenty times as long"
    assert found["cache_speedup"] is not None
    assert found["cache_speedup"] > 1
    assert found["seconds"] is not None
    assert found["seconds"] > 0.1
