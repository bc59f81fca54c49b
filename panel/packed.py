"""Columns in a file: `.parquet` (extra `arrow`), read block by block, or `.npz` (numpy alone), read whole.

Both hold the same columns, sorted by conversation. In Parquet a row is an assessment, each row group is a block, and every
column is text, so that any other tool can read it.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .columns import NONE, Block, Blocks, Codes, Column, Columns, cuts_of, renumbered
from .importers.streaming import stream
from .importers.tables import arrow_of

FORMAT = "concord-panel-1"
_SAID = ("world", "personal", "unacceptable")
_OF_CONVERSATION = ("group", "labels", "lengths")
_COLUMNS = ("conversation", *_OF_CONVERSATION, "participant", "demographics", *_SAID)
_PARQUET, _NUMPY = ".parquet", ".npz"


def pack(columns: Columns, path: Path) -> None:
    """Write `columns` to `path`; the name's end says how. Raises DataError where that can't be done."""
    writers: dict[str, Callable[[Columns, Path], None]] = {_PARQUET: _write_parquet, _NUMPY: _write_numpy}
    writer = writers.get(path.suffix)
    if writer is None:
        raise DataError(
            f"{path}: name a file that ends in .parquet (extra `arrow`) or .npz (numpy alone), so that it is clear how to pack"
        )
    unfinished = path.with_name(f".{path.name}.unfinished{path.suffix}")
    try:
        writer(columns, unfinished)
        unfinished.replace(path)
    except OSError as problem:
        raise DataError(f"{path}: can't be written ({problem.strerror or problem})") from None
    finally:
        unfinished.unlink(missing_ok=True)


def open_blocks(path: Path | str) -> Blocks:
    """A packed file, or participant data of any layout, read into columns. Raises DataError."""
    path = Path(path)
    if path.is_file() and path.suffix == _NUMPY:
        return _read_numpy(path)
    if path.is_file() and path.suffix == _PARQUET and (packed := _open_parquet(path)) is not None:
        return packed
    return stream(path)


@dataclass(frozen=True, slots=True)
class PackedParquet:
    """A packed Parquet file: each block is read when it is asked for."""

    path: Path
    notice: str
    assessments: int
    row_groups: int

    def __len__(self) -> int:
        return self.row_groups

    def block(self, index: int, /) -> Block:
        """Raises DataError for a file that isn't what `pack` wrote."""
        with _spoken_of(self.path):
            arrow = arrow_of(self.path)
            with arrow.parquet.ParquetFile(self.path, read_dictionary=list(_COLUMNS)) as file:
                table = file.read_row_group(index, columns=list(_COLUMNS), use_threads=False)
            return _block({name: _coded(table.column(name), arrow) for name in _COLUMNS})


def _block(column: dict[str, Column]) -> Block:
    """A block from its row group. Raises ValueError where no such block can be."""
    ids, who = column["conversation"], column["participant"]
    if not len(ids.codes) or ids.codes.min() < 0 or who.codes.min() < 0:
        raise ValueError("a row names no conversation or no participant")
    starts = np.flatnonzero(np.diff(ids.codes, prepend=NONE))
    names = [ids.values[code] for code in ids.codes[starts].tolist()]
    if any(later <= one for one, later in pairwise(names)):
        raise ValueError("its rows aren't sorted by conversation")
    conversation = np.zeros(len(ids.codes), dtype=np.int32)
    conversation[starts[1:]] = 1
    told = {name: _taken((*column[name].values, ""), column[name].codes[starts]) for name in _OF_CONVERSATION}
    used, participant = renumbered(who.codes)
    first = np.zeros(len(used), dtype=np.intp)
    first[participant[::-1]] = np.arange(len(participant))[::-1]
    about = column["demographics"]
    return Block(
        conversations=tuple(names),
        groups=told["group"],
        labels=told["labels"],
        lengths=told["lengths"],
        participants=_taken(who.values, used),
        demographics=_taken((*about.values, ""), about.codes[first]),
        conversation=np.cumsum(conversation, dtype=np.int32),
        participant=participant,
        world=column["world"],
        personal=column["personal"],
        unacceptable=column["unacceptable"],
    )


def _taken(values: tuple[str, ...], codes: NDArray[Any]) -> tuple[str, ...]:
    """The value of each code; -1 takes the last."""
    return tuple(np.array(values, dtype=object)[codes].tolist())


def _coded(chunked: Any, arrow: Any) -> Column:
    """A column of Arrow's as one of ours."""
    one = chunked.combine_chunks()
    if isinstance(one, arrow.ChunkedArray):
        one = one.chunk(0) if one.num_chunks else arrow.array([], arrow.string()).dictionary_encode()
    if not isinstance(one, arrow.DictionaryArray):
        one = one.dictionary_encode()
    if one.type.value_type not in (arrow.string(), arrow.large_string()) or one.dictionary.null_count:
        raise ValueError("a column holds something else than text")
    values = one.dictionary.to_pylist()
    return Column(tuple(values), _numbers(one.indices.cast(arrow.int32())))


def _numbers(indices: Any) -> Codes:
    """Arrow's int32 as numpy's, -1 for null. By hand: Arrow's own way takes in pandas, where it is installed."""
    rows = slice(indices.offset, indices.offset + len(indices))
    valid, numbers = indices.buffers()
    codes = np.frombuffer(numbers, dtype=np.int32)[rows]
    if not indices.null_count:
        return codes
    return np.where(
        np.unpackbits(np.frombuffer(valid, dtype=np.uint8), bitorder="little")[rows], codes, np.int32(NONE)
    )


def _open_parquet(path: Path) -> PackedParquet | None:
    """None for a Parquet file of another layout."""
    arrow = arrow_of(path)
    with _spoken_of(path):
        with arrow.parquet.ParquetFile(path) as file:
            about = (file.schema_arrow.metadata or {}).get(b"concord")
            rows, groups = file.metadata.num_rows, file.metadata.num_row_groups
        if about is None:
            return None
        told = json.loads(about)
        if told.get("format") != FORMAT:
            raise ValueError("it was packed by another version: pack the data anew")
        return PackedParquet(path, str(told.get("notice", "")), rows, groups)


def _write_parquet(columns: Columns, path: Path) -> None:
    arrow = arrow_of(path)
    about = json.dumps({"format": FORMAT, "notice": columns.notice})
    text = arrow.dictionary(arrow.int32(), arrow.string())
    schema = arrow.schema([(name, text) for name in _COLUMNS], metadata={"concord": about})
    with arrow.parquet.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=True, dictionary_pagesize_limit=1 << 28,
        write_statistics=False,
    ) as writer:  # fmt: skip
        for block in columns.every():
            arrays = [_arrow_column(column, arrow) for column in _columns_of(block)]
            writer.write_table(
                arrow.Table.from_arrays(arrays, schema=schema), row_group_size=max(1, len(block))
            )


def _columns_of(block: Block) -> Iterator[Column]:
    """A block's columns in the order of `_COLUMNS`, one value a row."""
    yield Column(block.conversations, block.conversation)
    for values in (block.groups, block.labels, block.lengths):
        yield _told(values, block.conversation)
    yield Column(block.participants, block.participant)
    yield _told(block.demographics, block.participant)
    yield from (block.world, block.personal, block.unacceptable)


def _told(values: tuple[str, ...], index: Codes) -> Column:
    """What is told once a conversation or participant, as a column of the rows."""
    known: dict[str, int] = {}
    codes = np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int32)
    return Column(tuple(known), codes[index])


def _arrow_column(column: Column, arrow: Any) -> Any:
    codes = arrow.array(column.codes, mask=column.codes == NONE)
    return arrow.DictionaryArray.from_arrays(codes, arrow.array(list(column.values), arrow.string()))


def _write_numpy(columns: Columns, path: Path) -> None:
    about = {"format": FORMAT, "notice": columns.notice}
    members: dict[str, NDArray[Any]] = {
        "about": _json(about),
        "conversations": _json([columns.conversations, columns.groups, columns.labels, columns.lengths]),
        "participants": _json([columns.participants, columns.demographics]),
        "conversation": columns.conversation,
        "participant": columns.participant,
    }
    for name, column in zip(_SAID, (columns.world, columns.personal, columns.unacceptable), strict=True):
        members |= {f"{name}_values": _json(column.values), name: column.codes}
    np.savez(path, **members)  # type: ignore[arg-type]  # its stub takes the members for `allow_pickle`


def _read_numpy(path: Path) -> Columns:
    with _spoken_of(path), np.load(path, allow_pickle=False) as file:
        about = json.loads(bytes(file["about"]))
        if about.get("format") != FORMAT:
            raise ValueError("it was packed by another version: pack the data anew")
        conversations, groups, labels, lengths = _texts(file["conversations"])
        participants, demographics = _texts(file["participants"])
        conversation = _codes(file["conversation"], len(conversations), 0)
        participant = _codes(file["participant"], len(participants), 0)
        said = []
        for name in _SAID:
            (values,) = _texts(_json([json.loads(bytes(file[f"{name}_values"]))]))
            said.append(Column(values, _codes(file[name], len(values), NONE)))
        sizes = {len(each) for each in (conversation, participant, *(column.codes for column in said))}
        if len(sizes) != 1 or (np.diff(conversation) < 0).any():
            raise ValueError("its columns don't belong together")
        if {len(groups), len(labels), len(lengths)} != {len(conversations)}:
            raise ValueError("its conversations don't belong together")
        if list(conversations) != sorted(set(conversations)) or len(participants) != len(demographics):
            raise ValueError("its names aren't as they were packed")
        world, personal, unacceptable = said
        return Columns(
            str(about.get("notice", "")), conversations, groups, labels, lengths, participants, demographics,
            conversation, participant, world, personal, unacceptable, {}, cuts_of(conversation),
        )  # fmt: skip


def _json(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value).encode("utf-8"), dtype=np.uint8)


def _texts(member: NDArray[Any]) -> list[tuple[str, ...]]:
    lists = json.loads(bytes(member))
    if not all(isinstance(each, str) for one in lists for each in one):
        raise ValueError("something else than text stands where texts are expected")
    return [tuple(each) for each in lists]


def _codes(member: NDArray[Any], values: int, least: int) -> Codes:
    if member.dtype != np.int32 or member.ndim != 1:
        raise ValueError("a column is no row of numbers")
    if member.size and (member.min() < least or member.max() >= values):
        raise ValueError("a column names a value that isn't there")
    return member


@contextmanager
def _spoken_of(path: Path) -> Iterator[None]:
    """What can be wrong with a packed file, as a DataError in one sentence."""
    try:
        yield
    except DataError:
        raise
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
    ) as problem:
        # Arrow's errors are ValueErrors, OSErrors and KeyErrors too.
        said = " ".join(str(problem).split())[:200]
        raise DataError(f"{path}: no packed panel can be read from it ({said})") from None
