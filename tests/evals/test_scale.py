"""The experiment on scale, on small sizes: figures are there, and what isn't asked for is null."""

import asyncio
from pathlib import Path

import pytest

from concord.errors import ModelError
from concord.evals.scale import NONE_YET, Config, run
from concord.evals.scale_agreement import exponent
from concord.evals.scale_ray import world_case
from concord.evals.scale_reader import URI, reader
from concord.models.config import Settings
from concord.models.registry import open_model


@pytest.mark.slow
def test_agreement_is_timed_in_processes_of_its_own() -> None:
    said: list[str] = []
    config = Config(parts=("agreement",), sizes=(2_000, 20_000))
    figures = asyncio.run(run(config, seed=1, progress=said.append))
    assert figures.keys() == NONE_YET.keys()
    assert isinstance(figures["agreement_exponent"], float)
    assert figures["ray_same"] is figures["agreement_seconds_1e6"] is None
    assert len(said) == 2


def test_the_exponent_is_the_power_of_growth() -> None:
    assert exponent({10: 3.0, 100: 30.0, 1000: 300.0}) == pytest.approx(1.0)
    assert exponent({10: 1.0, 100: 100.0}) == pytest.approx(2.0)


def test_the_reader_of_a_planted_world_is_opened_by_name(tmp_path: Path) -> None:
    settings = Settings(extra_body={"shape": "small", "seed": 3})
    assert open_model(URI, None).uri == "simulated:world-0"
    assert reader(settings).uri == "simulated:world-3"
    with pytest.raises(ModelError, match="names no world"):
        reader(Settings(extra_body={"shape": "vast"}))
    case = world_case(tmp_path, "small", 3, 1)
    assert (tmp_path / "comparisons.jsonl").is_file()
    assert "--rounds" in case.arguments
