"""Base models that others write: three lines are one, and an error in one is a sentence with its place."""

import asyncio
import re
import sys
from functools import partial
from pathlib import Path

import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import CallFailed, ModelError
from concord.models import FunctionModel
from concord.models.function_model import Given
from concord.models.protocol import BaseModel, Failure, Reply, Request
from concord.models.registry import open_model
from concord.prompts.render import Part

QUESTION = Request(
    role="ranker", template="t@0", parts=(Part(name="conversation", text="q"),), answer=RankingAnswer
)


def plug_in(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> BaseModel:
    (folder / "house_model.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "house_model", raising=False)
    return open_model("python:house_model:factory")


def answer(model: BaseModel) -> Reply | Failure:
    return asyncio.run(model.complete(QUESTION))


def test_the_plug_in_of_the_docs_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    source = page.split("```python\n")[1].split("```")[0]
    assert len([line for line in source.splitlines() if line.strip()]) == 3
    result = answer(plug_in(tmp_path, monkeypatch, source))
    assert isinstance(result, Reply)
    RankingAnswer.model_validate_json(result.text)


def test_a_function_may_be_async_and_give_any_kind_of_answer() -> None:
    async def later(_: Request) -> RankingAnswer:
        await asyncio.sleep(0)
        return RankingAnswer(explanation="", ranking="A>B")

    def always(given: Given, _: Request) -> Given:
        return given

    givens: tuple[Given, ...] = (
        {"explanation": "", "ranking": "A>B"},
        '{"explanation": "", "ranking": "A>B"}',
    )
    for given in givens:
        result = answer(FunctionModel("mine", partial(always, given)))
        assert isinstance(result, Reply)
    assert isinstance(answer(FunctionModel("mine", later)), Reply)
    assert answer(FunctionModel("mine", lambda _: Failure(message="no"))) == Failure(message="no")


BROKEN = {
    "def factory():\n    return 1 / 0\n": r"failed with ZeroDivisionError: division by zero \(.*house_model.py, line 2\)",
    "import json\njson.loads('{')\n": r"failed with JSONDecodeError: .*",
    "def factory(:\n": r"failed with SyntaxError: .*house_model.py, line 1\)",
    "import no_such_module\n": r"can't be imported \(No module named 'no_such_module'\)",
    "def factory():\n    return 3\n": "made a int, which is no base model",
    "class M:\n    uri = identity = 'm'\n    profile = {}\n    async def complete(self, request): ...\n    async def close(self): ...\ndef factory():\n    return M()\n":
        "its profile is a dict, not a Profile",
}  # fmt: skip


@pytest.mark.parametrize("source", BROKEN)
def test_what_goes_wrong_while_it_is_made_is_one_sentence_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    with pytest.raises(ModelError, match=BROKEN[source]) as problem:
        plug_in(tmp_path, monkeypatch, source)
    assert str(problem.value).startswith("python:house_model:factory")
    assert "\n" not in str(problem.value)


def test_what_goes_wrong_while_it_answers_is_one_sentence_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "from concord.models import FunctionModel\ndef factory():\n    return FunctionModel('m', answer)\n"
    model = plug_in(tmp_path, monkeypatch, head + "def answer(request):\n    return request.nonsense\n")
    with pytest.raises(ModelError, match=r"AttributeError: .*nonsense") as problem:
        answer(model)
    assert re.search(r"house_model.py, line 5|pydantic", str(problem.value))


def test_a_wrong_kind_of_reply_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "from concord.models import FunctionModel\nclass M(FunctionModel):\n"
        "    async def complete(self, request):\n        return 'A>B'\n"
        "def factory():\n    return M('m', None)\n"
    )
    with pytest.raises(ModelError, match="gave a str where a Reply or Failure is due"):
        answer(plug_in(tmp_path, monkeypatch, source))


def test_a_failure_of_the_call_stays_a_failure_of_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "from concord.errors import CallFailed\nfrom concord.models import FunctionModel\n"
        "def answer(request):\n    raise CallFailed('busy', retryable=True)\n"
        "def factory():\n    return FunctionModel('m', answer)\n"
    )
    with pytest.raises(CallFailed, match="busy"):
        answer(plug_in(tmp_path, monkeypatch, source))
