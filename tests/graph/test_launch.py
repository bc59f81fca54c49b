"""What a run's checkpoint may hold."""

import pickle
from pathlib import Path

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from concord.graph.launch import plain_serializer
from concord.graph.state import first_state
from concord.trials.ledger import AlphaLedger


class Bomb:
    """What somebody would put into a checkpoint who wants code to run."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path(self.path),))  # type: ignore[return-value]  # what pickle wants


def test_the_state_goes_through_a_checkpoint_unchanged() -> None:
    state = first_state("digest", AlphaLedger(alpha=0.05, max_trials=40))
    serializer = plain_serializer()
    assert serializer.loads_typed(serializer.dumps_typed(state)) == state


def test_a_pickle_in_a_checkpoint_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    with pytest.raises((NotImplementedError, ValueError)):
        plain_serializer().loads_typed(("pickle", pickle.dumps(Bomb(str(target)))))
    assert not target.exists()


def test_a_class_in_a_checkpoint_is_not_revived(caplog: pytest.LogCaptureFixture) -> None:
    ledger = AlphaLedger(alpha=0.05, max_trials=40)
    written = JsonPlusSerializer(allowed_msgpack_modules=True).dumps_typed(ledger)
    assert not isinstance(plain_serializer().loads_typed(written), AlphaLedger)
    assert "Blocked" in caplog.text
