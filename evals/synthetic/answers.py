"""The simulated reader of a world behind a wire: it answers the prompts that reach a local server."""

from ...testing.hash_answers import Asked, answer_by_hash
from ...testing.prompt_reader import PromptUnreadable
from .model import SimulatedModel
from .world import World


class SimulatedAnswers:
    """An Answerer (testing.hash_answers). The seed that a request carries tells repeats of one question apart."""

    def __init__(self, world: World) -> None:
        self._model = SimulatedModel(world)

    def __call__(self, asked: Asked) -> str:
        """Words that are no prompt of an agent, such as those a server is tried with, are answered by their hash."""
        seed = asked.body.get("seed", 0)
        try:
            return self._model.read(asked.system, asked.user, repeat=seed if isinstance(seed, int) else 0)
        except PromptUnreadable:
            return str(answer_by_hash(asked))
