"""Data read in a stream into columns, packed into a file and read again: what the importers read in memory, cut into blocks."""

import json
import zipfile
from collections import Counter
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from concord.errors import DataError
from concord.panel.columns import Block, Blocks, Columns, cuts_of
from concord.panel.importers.load import load
from concord.panel.importers.rankings import read_rankings
from concord.panel.importers.streaming import stream
from concord.panel.packed import open_blocks, pack
from concord.panel.records import Panel
from concord.panel.splits import FoldSplitter, prompt_group

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "data"
needs_arrow = pytest.mark.skipif(
    find_spec("pyarrow") is None, reason="pyarrow isn't installed: pip install 'concord-spec[arrow]'"
)
SUFFIXES = [pytest.param(".parquet", marks=needs_arrow), ".npz"]
PLAIN: list[dict[str, Any]] = [
    {"id": "c1", "prompt": "one", "responses": ["x", "yy", "zzz"], "ranking": "B>A=C", "participant": "p1",
     "demographics": {"age": "25-34"}, "unacceptable": ["A"]},
    {"id": "c2", "prompt": "two", "responses": ["x", "y"], "ranking": "A>B", "participant": "p2"},
    {"id": "c1", "prompt": "one", "responses": ["x", "yy", "zzz"], "ranking": "C>A>B", "participant": "p2"},
    {"id": "c1", "prompt": "one", "responses": ["x", "yy", "zzz"], "ranking": "A>Z", "participant": "p3"},
    {"id": "c1", "prompt": "another", "responses": ["x", "y"], "ranking": "A>B", "participant": "p3"},
]  # fmt: skip


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load(EXAMPLE)


@pytest.fixture(scope="module")
def columns() -> Columns:
    return stream(EXAMPLE)


def said(blocks: Blocks) -> Counter[tuple[str, str, tuple[int, ...]]]:
    """(conversation, participant, places) of every assessment."""
    found: Counter[tuple[str, str, tuple[int, ...]]] = Counter()
    for index in range(len(blocks)):
        block = blocks.block(index)
        rows = zip(block.conversation, block.participant, block.places("world").tolist(), strict=True)
        found.update((block.conversations[c], block.participants[p], tuple(places)) for c, p, places in rows)
    return found


def in_memory(panel: Panel) -> Counter[tuple[str, str, tuple[int, ...]]]:
    found: Counter[tuple[str, str, tuple[int, ...]]] = Counter()
    for one in panel.assessments:
        assert one.world is not None
        where, labels = one.world.ranking.places, panel.conversations[one.conversation].labels
        found[one.conversation, one.participant, tuple(where[label] for label in labels)] += 1
    return found


def test_a_stream_reads_what_the_importer_reads(panel: Panel, columns: Columns) -> None:
    assert said(columns) == in_memory(panel)
    assert list(columns.conversations) == sorted(panel.conversations)
    assert columns.notice == panel.notice
    kinds = Counter(problem.kind for problem in panel.problems)
    assert columns.problems == {"tie_all": kinds["tie_all"]}, "repeats and empty reasons aren't looked for"
    for name, group, lengths in zip(columns.conversations, columns.groups, columns.lengths, strict=True):
        one = panel.conversations[name]
        assert group == prompt_group(one)
        assert lengths == "=".join(str(len(response.text)) for response in one.responses)
    for who, told in zip(columns.participants, columns.demographics, strict=True):
        assert json.loads(told) == dict(panel.participants[who].demographics)


def test_the_split_is_the_one_of_the_records(panel: Panel, columns: Columns) -> None:
    splitter = FoldSplitter(7)
    for name, group in zip(columns.conversations, columns.groups, strict=True):
        assert splitter.place_of_group(group) == splitter.place_of(panel.conversations[name])
        assert splitter.seals(group) == (splitter.place_of(panel.conversations[name]) == "test")


def test_what_cant_be_used_is_counted_and_flags_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in PLAIN))
    found = stream(path)
    assert found.problems == {"unknown_label": 1, "conflicting_conversation": 1}
    block = found.block(0)
    assert block.conversations == ("c1", "c2")
    assert block.places("world").tolist() == [[1, 0, 1], [1, 2, 0], [0, 1, -1]]
    assert block.flags().tolist() == [[1, 0, 0], [-1, -1, -1], [-1, -1, -1]]
    assert block.places("personal").tolist() == [[-1, -1, -1]] * 3
    assert block.lengths == ("1=2=3", "1=1")


def test_nothing_usable_is_an_error_that_says_why(tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl"
    path.write_text(json.dumps(PLAIN[3]) + "\n")
    with pytest.raises(DataError, match=r"nothing in it can be used; first, plain\.jsonl:1"):
        stream(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_packed_file_holds_the_same(columns: Columns, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"panel{suffix}"
    pack(columns, path)
    packed = open_blocks(path)
    assert (packed.assessments, packed.notice, len(packed)) == (
        columns.assessments, columns.notice, len(columns),
    )  # fmt: skip
    assert said(packed) == said(columns)
    one, other = packed.block(0), columns.block(0)
    assert isinstance(one, Block)
    assert (one.groups, one.labels, one.lengths) == (other.groups, other.labels, other.lengths)
    assert dict(zip(one.participants, one.demographics, strict=True)) == dict(
        zip(other.participants, other.demographics, strict=True)
    )
    assert (one.flags() == other.flags()).all()
    assert list(tmp_path.iterdir()) == [path], "nothing half written stays"


def test_blocks_never_cut_a_conversation() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        sizes = rng.integers(1, 30, size=rng.integers(1, 40))
        conversation = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        cuts = cuts_of(conversation, rows=20)
        assert cuts[0] == 0
        assert cuts[-1] == len(conversation)
        assert all(later > one for one, later in pairwise(cuts))
        for cut in cuts[1:-1]:
            assert conversation[cut - 1] != conversation[cut]
        assert max(np.diff(cuts)) <= max(20, sizes.max()) + 20


@needs_arrow
@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_the_plain_layout_comes_as_rows_of_a_table_too(tmp_path: Path, suffix: str) -> None:
    import pyarrow
    import pyarrow.feather
    import pyarrow.parquet

    lines = tmp_path / "plain.jsonl"
    lines.write_text("".join(json.dumps(line) + "\n" for line in PLAIN))
    table = tmp_path / f"plain{suffix}"
    rows = pyarrow.Table.from_pylist(
        [
            {**line, "demographics": None}
            | ({"demographics": line["demographics"]} if "demographics" in line else {})
            for line in PLAIN
        ]
    )
    if suffix == ".parquet":
        pyarrow.parquet.write_table(rows, table)
    else:
        pyarrow.feather.write_feather(rows, table, compression="uncompressed")
    one, other = load(lines), load(table)
    assert one.digest == other.digest
    assert said(stream(table)) == said(stream(lines))
    assert said(open_blocks(table)) == said(open_blocks(lines))


@needs_arrow
def test_a_broken_table_is_told_in_a_sentence(columns: Columns, tmp_path: Path) -> None:
    path = tmp_path / "panel.parquet"
    path.write_bytes(b"PAR1 nothing of the kind PAR1")
    for read in (open_blocks, load):
        with pytest.raises(DataError, match=r"panel\.parquet"):
            read(path)
    pack(columns, path)
    whole = path.read_bytes()
    for cut in (len(whole) // 3, len(whole) - 50):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"panel\.parquet"):
            open_blocks(path).block(0)
    path.write_bytes(whole)
    with pytest.raises(DataError, match="neither a comparison"):
        load(path)


def test_a_tampered_numpy_file_is_refused(columns: Columns, tmp_path: Path) -> None:
    path = tmp_path / "panel.npz"
    pack(columns, path)
    with np.load(path) as file:
        members = {name: file[name] for name in file.files}
    wrong = {
        "no pickle": {"world": np.array([{}], dtype=object)},
        "codes beyond": {"participant": np.full(columns.assessments, 10**6, dtype=np.int32)},
        "another length": {"world": members["world"][:-1]},
        "disorder": {"conversation": members["conversation"][::-1].copy()},
        "no text": {"conversations": np.frombuffer(b"[[1],[2],[3],[4]]", dtype=np.uint8)},
        "another version": {"about": np.frombuffer(b'{"format": "other"}', dtype=np.uint8)},
    }
    for what, changed in wrong.items():
        np.savez(path, **(members | changed))
        with pytest.raises(DataError, match="no packed panel can be read"):
            open_blocks(path)
        assert what
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(DataError, match="no packed panel can be read"):
        open_blocks(path)


def test_another_ending_is_refused(columns: Columns, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\.parquet .*\.npz"):
        pack(columns, tmp_path / "panel.csv")
    with pytest.raises(DataError, match="can't be written"):
        pack(columns, tmp_path / "nowhere" / "panel.npz")


def test_stored_rankings_are_read_by_line_and_as_a_run_exports_them(tmp_path: Path) -> None:
    path = tmp_path / "rankings.jsonl"
    path.write_text('{"conversation": "c1", "ranking": "B > A=C"}\n{"id": "c2", "ranking": "A>B"}\n')
    found = read_rankings(path)
    assert (found.rankings, found.before) == ({"c1": "B>A=C", "c2": "A>B"}, {})
    blocks = {"unacceptable": [], "personal": [], "world": [{"ranking": "A>B", "rationale": ""}]}
    arms = [{"annotator_id": f"ranker:{arm}", "ranking_blocks": blocks} for arm in ("before", "after")]
    path.write_text(json.dumps({"prompt_id": "c9", "metadata": {"assessments": arms}}) + "\n")
    found = read_rankings(path)
    assert (found.rankings, found.before) == ({"c9": "A>B"}, {"c9": "A>B"})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no ranking is in it"),
        ('{"conversation": "c1"}\n', r"jsonl:1: a line needs"),
        ('{"conversation": "c1", "ranking": "A>>B"}\n', r"jsonl:1: ranking 'A>>B'"),
        ('{"id": "c", "ranking": "A>B"}\n{"id": "c", "ranking": "B>A"}\n', r"jsonl:2: .*second, other ranking"),
        ("no JSON\n", r"jsonl:1: the line is not JSON"),
    ],
)  # fmt: skip
def test_bad_stored_rankings_are_told_with_their_line(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "rankings.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match=told):
        read_rankings(path)
