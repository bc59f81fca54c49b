"""DuckDB and Polars beside numpy at the same work: agreement of stored rankings, macro mean, on a packed panel.

`python docs/measure_engines.py ASSESSMENTS` prints seconds and largest memory of each, every one in a process of its own:
reading the packed Parquet file and the rankings, comparing, averaging over duplicates, people, conversations. That is the
part of the work that SQL has words for; the intervals, the consensus of the others and the split are numpy's in any case.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

ENGINES = ("numpy", "duckdb", "polars")


def by_numpy(data: Path, rankings: Path) -> float:
    import numpy as np

    from concord.agreement.people import People
    from concord.panel.columns import places_in
    from concord.panel.packed import open_blocks

    told = dict(_rankings(rankings))
    blocks = open_blocks(data)
    above, conversations = 0.0, 0
    for index in range(len(blocks)):
        block = blocks.block(index)
        people = People.of_arrays(
            conversations=block.conversations,
            labels=(),
            participants=block.participants,
            conversation=block.conversation.astype(np.intp),
            participant=block.participant.astype(np.intp),
            places=block.places("world"),
        )
        ranker = np.array(
            [
                places_in(labels, told[name])
                for name, labels in zip(block.conversations, block.labels, strict=True)
            ]
        )
        values = people.agreements(ranker.astype(np.int16))
        known = ~np.isnan(values)
        inside = people.clusters.pick(known)
        above += float(inside.shares_within() @ values[known])
        conversations += np.count_nonzero(np.bincount(inside.conversation))
    return above / conversations


def by_duckdb(data: Path, rankings: Path) -> float:
    import duckdb
    import pyarrow as pa

    duckdb.sql("SET threads = 2")
    world, ranker, value = _agreements()
    table = pa.table({"world": world, "ranking": ranker, "value": value})
    duckdb.register("agreements", table)
    rows = duckdb.sql(
        f"""
        WITH cells AS (
          SELECT p.conversation, p.participant, avg(a.value) AS value
          FROM read_parquet('{data}') p JOIN read_json('{rankings}', format='newline_delimited') r USING (conversation)
          JOIN agreements a ON a.world = p.world AND a.ranking = r.ranking GROUP BY ALL),
        each AS (SELECT conversation, avg(value) AS value FROM cells GROUP BY ALL)
        SELECT avg(value) FROM each"""
    ).fetchall()
    return float(rows[0][0])


def by_polars(data: Path, rankings: Path) -> float:
    import polars as pl

    world, ranker, value = _agreements()
    table = pl.LazyFrame({"world": world, "ranking": ranker, "value": value})
    found = (
        pl.scan_parquet(data)
        .select("conversation", "participant", "world")
        .cast(pl.String)
        .join(pl.scan_ndjson(rankings), on="conversation")
        .join(table, on=("world", "ranking"))
        .group_by("conversation", "participant")
        .agg(pl.col("value").mean())
        .group_by("conversation")
        .agg(pl.col("value").mean())
        .select(pl.col("value").mean())
        .collect(engine="streaming")
    )
    return float(found.item())


def _agreements() -> tuple[list[str], list[str], list[float]]:
    """Agreement of any two rankings of four responses, worked out once: what a database can join."""
    from concord.agreement.measures import pair_agreement
    from concord.panel.ranking import Ranking

    tiers = {tuple(sorted(set(each)).index(one) for one in each) for each in product(range(4), repeat=4)}
    every = [
        Ranking.from_scores({label: -float(tier) for label, tier in zip("ABCD", each, strict=True)})
        for each in tiers
    ]
    rows = [
        (str(person), str(ranker), pair_agreement(ranker, person)) for person in every for ranker in every
    ]
    told = [row for row in rows if row[2] is not None]
    return [row[0] for row in told], [row[1] for row in told], [row[2] or 0.0 for row in told]


def _rankings(path: Path) -> list[tuple[str, str]]:
    with path.open() as file:
        return [(line["conversation"], line["ranking"]) for line in map(json.loads, file)]


def main() -> None:
    """Measure each engine, or (called by itself) run one."""
    if len(sys.argv) > 2:
        name, data, rankings = sys.argv[1:]
        work = {"numpy": by_numpy, "duckdb": by_duckdb, "polars": by_polars}[name]
        began = time.perf_counter()
        value = work(Path(data), Path(rankings))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            f"{name:7} {time.perf_counter() - began:6.2f} s {time.process_time():6.2f} s of computing {peak:6.0f} MB  {value:.12f}\n"
        )
        return
    from concord.evals.scale_data import write_panel

    with tempfile.TemporaryDirectory() as folder:
        data, rankings = write_panel(Path(folder), int(sys.argv[1]), 0)
        for name in ENGINES:
            subprocess.run([sys.executable, __file__, name, str(data), str(rankings)], check=False)


if __name__ == "__main__":
    main()
