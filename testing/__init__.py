"""For tests and for authors of plug-ins: a fake server, scripted models, evaluators made of numbers, prompts read back."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .behaviour import FAULTS, Behaviour
    from .evaluators import NumberedEdit, NumberedEvaluator, NumberedTexts, TableEvaluator
    from .fake_server import ChatServer, server_process
    from .prompt_grammar import PromptUnreadable
    from .prompt_reader import read_prompt
    from .sample_prompts import Sample, sample_prompts
    from .scripted import ScriptedModel
    from .wire_questions import questions

__all__ = [
    "FAULTS",
    "Behaviour",
    "ChatServer",
    "NumberedEdit",
    "NumberedEvaluator",
    "NumberedTexts",
    "PromptUnreadable",
    "Sample",
    "ScriptedModel",
    "TableEvaluator",
    "questions",
    "read_prompt",
    "sample_prompts",
    "server_process",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Behaviour": ".behaviour",
        "ChatServer": ".fake_server",
        "FAULTS": ".behaviour",
        "NumberedEdit": ".evaluators",
        "NumberedEvaluator": ".evaluators",
        "NumberedTexts": ".evaluators",
        "PromptUnreadable": ".prompt_grammar",
        "Sample": ".sample_prompts",
        "ScriptedModel": ".scripted",
        "TableEvaluator": ".evaluators",
        "questions": ".wire_questions",
        "read_prompt": ".prompt_reader",
        "sample_prompts": ".sample_prompts",
        "server_process": ".fake_server",
    },
)
