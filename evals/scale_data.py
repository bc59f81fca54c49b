"""Packed panels of any size, drawn at random, and a ranker's stored rankings of them."""

import json
from pathlib import Path

import numpy as np

from ..agreement.measures import Places
from ..panel.columns import NONE, Column, Columns, sorted_columns
from ..panel.packed import pack
from ..records import digest
from .synthetic.people import NOTICE, PanelShape, SimulatedPanel, rankings_of, simulate_panel, simulate_ranker


def shape_of(assessments: int) -> PanelShape:
    """A panel of that many assessments: 55,000 conversations and as many people a million, one that everybody judges."""
    size = round(assessments * 0.055)
    return PanelShape(
        conversations=size,
        participants=size,
        assessments=assessments,
        duplicates=assessments // 200,
        everyone=1,
    )


def write_panel(folder: Path, assessments: int, seed: int, *, suffix: str = ".parquet") -> tuple[Path, Path]:
    """A packed panel and a ranker's rankings of it (JSON lines) in `folder`; returns both files."""
    panel = simulate_panel(shape_of(assessments), seed)
    ranker = simulate_ranker(panel.quality, error=0.7, seed=seed + 1)
    data, rankings = folder / f"panel-{assessments}{suffix}", folder / f"rankings-{assessments}.jsonl"
    pack(columns_of(panel), data)
    with rankings.open("w", encoding="utf-8") as file:
        for name, ranking in zip(panel.conversation_ids, rankings_of(ranker, panel.labels), strict=True):
            file.write(json.dumps({"conversation": name, "ranking": str(ranking)}) + "\n")
    return data, rankings


def columns_of(panel: SimulatedPanel) -> Columns:
    """A simulated panel in columns."""
    names = panel.conversation_ids
    nothing = Column((), np.full(len(panel.conversation), NONE, dtype=np.int32))
    return sorted_columns(
        notice=NOTICE,
        conversations=names,
        groups=[digest(["prompt", name]) for name in names],
        labels=["=".join(panel.labels)] * len(names),
        lengths=[""] * len(names),
        participants=[f"p{number}" for number in range(panel.participants)],
        demographics=[""] * panel.participants,
        conversation=panel.conversation.astype(np.int32),
        participant=panel.participant.astype(np.int32),
        world=coded(panel.places, panel.labels),
        personal=nothing,
        unacceptable=nothing,
    )


def coded(places: Places, labels: tuple[str, ...]) -> Column:
    """Rows of places (N, M) as rankings by code."""
    unique, codes = np.unique(places, axis=0, return_inverse=True)
    texts = tuple(str(each) for each in rankings_of(unique, labels))
    return Column(texts, codes.ravel().astype(np.int32))
