"""The registry: every agent once, with a template and a schema that tells what each field is."""

from collections.abc import Mapping
from typing import Any

import pytest

from concord import agents as room
from concord.agents.registry import Agent, agent_of, agents, model_roles, register
from concord.errors import OptionError
from concord.models.answer_schema import strict_schema
from concord.models.protocol import Answer
from concord.prompts.render import block_names


class OtherAnswer(Answer):
    text: str


def test_what_there_is() -> None:
    assert set(agents()) == {
        "batch_proposer", "conflict", "conversation_proposer", "kind", "meaning", "opinion_writer", "plain_answer",
        "ranker", "relevance", "responder", "routing", "rubric", "scenario_writer", "section_question", "themes",
        "validator",
    }  # fmt: skip
    assert set(model_roles()) == {
        "batch_proposer", "conversation_proposer", "plain_answer", "ranker", "relevance", "scenario_writer",
        "validator",
    }  # fmt: skip


@pytest.mark.parametrize("agent", agents().values(), ids=list(agents()))
def test_each_has_a_template_a_title_and_a_model(agent: Agent) -> None:
    assert block_names(agent.prompt)[0] == "system"
    assert agent.title
    assert agent.model_role in model_roles()


@pytest.mark.parametrize("agent", agents().values(), ids=list(agents()))
def test_every_field_of_an_answer_is_described_to_the_model(agent: Agent) -> None:
    def walk(node: Mapping[str, Any]) -> None:
        for name, child in node.get("properties", {}).items():
            assert child.get("description"), name
            walk(child)
        if "items" in node:
            walk(node["items"])

    walk(strict_schema(agent.answer))


def test_reasons_stand_before_what_they_lead_to() -> None:
    verdict = strict_schema(agent_of("validator").answer)["properties"]["verdicts"]["items"]["properties"]
    assert list(verdict).index("reason") < list(verdict).index("stance")
    assert list(strict_schema(agent_of("ranker").answer)["properties"]) == ["explanation", "ranking"]
    assert next(iter(strict_schema(agent_of("batch_proposer").answer)["properties"])) == "diagnosis"


def test_an_unknown_role_is_told_with_the_nearest() -> None:
    with pytest.raises(OptionError, match="did you mean validator"):
        agent_of("valdator")


def test_a_role_is_taken_once() -> None:
    ranker = agent_of("ranker")
    assert register(ranker) is ranker
    with pytest.raises(ValueError, match="taken by Ranker"):
        register(Agent("ranker", "another", OtherAnswer, OtherAnswer))


def test_the_rooms_face_names_what_is_there() -> None:
    assert sorted(room.__all__) == sorted(set(room.__all__))
    assert all(hasattr(room, name) for name in room.__all__)
    assert all(agent.maker.__name__ in {*room.__all__, "Router"} for agent in agents().values())
