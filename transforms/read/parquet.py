"""Parquet: tables whose columns are named as articles' fields are, a row an article.

pyarrow decodes them, and believes what a file says of its own sizes. So the footer and the headers
of the pages that are wanted (Apache Parquet format 2.11, `parquet.thrift`, in Thrift's compact
protocol) are walked here first, and what would take more memory than this is not decoded:

- a footer nested 100 deep, or of 400,000 structures (columns times row groups), which take about
  450 MB;
- pages of 256 MB in the columns of one row group together, or that unpack 400 to one;
- more rows than the file has bytes, or more than 400 times its bytes of text.

Rows are decoded in batches of about 16 MB beside the pages that they lie in. Decoding takes up to
five times the pages' size, so 1.3 GB at the worst, and some 50 MB for pages of a megabyte, which
most programs write.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO, Any

from transforms.read.fields import Aliases, aliases, article, is_wrapper, known_columns, plain_name
from transforms.read.pieces import Row, reject
from transforms.read.registry import BinaryReader, register
from transforms.read.text import BinarySource, EncodingSurvey, looks_binary

_MAGIC = b"PAR1"
_FOOTER_STRUCTS = 400_000
_DEEP = 100
_PAGES_BYTES = 256 << 20
_RATIO, _RATIO_FROM = 400, 64 << 20
_BATCH_BYTES = 16 << 20
_BATCH_ROWS = 1000
_FEW_ROWS = 100_000
_MOST_LEAVES = 400
_HEADER_BYTES = (512, 1 << 16, 16 << 20)
_DICTIONARY_ENCODINGS = frozenset([2, 8])
_SHARING_ENCODINGS = frozenset([7])  # DELTA_BYTE_ARRAY: a value repeats what the last began with


def sniff(head: bytes, name: str) -> float:
    """The letters that open and close a file."""
    return 0.99 if head.startswith((_MAGIC, b"PARE")) else 0.0


def read(source: BinarySource) -> Iterator[Row]:
    """Yield one record or reject a row; positions count rows. A damaged row group costs itself.

    What of a group cannot be decoded is one reject, over its rows; so is a table without any
    column that holds a headline or a body.
    """
    import pyarrow.parquet as pq  # most dumps hold no Parquet

    file = _Bounded(source.file)
    footer = _footer(file)
    if not isinstance(footer, _Footer):
        yield reject(0, 0, *footer)
        return
    try:
        table = pq.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=1 << 16,
            thrift_string_size_limit=file.size,
            thrift_container_size_limit=max(file.size, 1),
        )
    except (ValueError, OSError, MemoryError, NotImplementedError, KeyError) as error:
        yield reject(0, 0, "unreadable", _says("a footer that cannot be used", error))
        return
    counts = footer.counts
    names = list(dict.fromkeys(leaf.name for leaf in footer.leaves))
    total = sum(counts)
    if any(count < 0 for count in counts) or total > max(file.size, _FEW_ROWS):
        yield reject(0, max(total, 0), "unsafe", f"{total:,} rows in {file.size:,} bytes")
        return
    wanted = _wanted(names, source.aliases)
    if not total or not wanted:
        some = ", ".join(names[:12])
        what = "no row in the table" if wanted else f"no headline or body among: {some}"
        yield reject(0, total, "no_text", what)
        return
    start = 0
    left = max(_RATIO_FROM, _RATIO * file.size)  # characters that may come out
    for group, count in enumerate(counts):
        for row in _group(table, file, footer, group, wanted, start, start + count, source):
            left -= len(row["text"]) + len(row.get("title") or "")
            if left < 0:
                detail = f"text of more than {_RATIO} times the file's size"
                yield reject(row["char_start"], total, "unsafe", detail)
                return
            yield row
        start += count


class _Bounded:
    """A seekable file for pyarrow: no read asks for more than there is left."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        self.closed = False

    def read(self, size: int = -1, /) -> bytes:
        left = max(self.size - self._file.tell(), 0)
        return self._file.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if whence == 2:
            offset, whence = self.size + offset, 0
        elif whence == 1:
            offset, whence = self._file.tell() + offset, 0
        if offset < 0:
            raise ValueError("a position before the start of the file")
        return self._file.seek(offset)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        self.closed = True

    def at(self, start: int, size: int) -> bytes:
        """Return up to `size` bytes from `start`."""
        self.seek(start)
        return self.read(size)


def _says(what: str, error: BaseException) -> str:
    return f"{what}: {' '.join(str(error).split())}"[:300]


# Thrift's compact protocol, as far as it is needed to look before decoding


class _Thrift:
    """Walks values of Thrift's compact protocol; `structs` counts those that were met.

    Raises `ValueError` for what is none and for what exceeds `most` structures, `IndexError`
    where the bytes end.
    """

    def __init__(self, data: bytes, at: int = 0, most: int = 1000) -> None:
        self.at = at
        self.structs = 0
        self._data = data
        self._most = most

    def number(self) -> int:
        data, at = self._data, self.at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = at
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield (id, type) of a struct's fields; the caller takes the value of each."""
        self.structs += 1
        if self.structs > self._most:
            raise ValueError(f"more than {self._most:,} structures")
        last = 0
        while byte := self._data[self.at]:
            self.at += 1
            delta = byte >> 4
            if delta:
                last += delta
            else:
                raw = self.number()
                last = (raw >> 1) ^ -(raw & 1)
            yield last, byte & 15
        self.at += 1

    def elements(self) -> tuple[int, int]:
        """Return how many elements a list has, and their type."""
        byte = self._data[self.at]
        self.at += 1
        size = byte >> 4
        return (self.number() if size == 15 else size), byte & 15

    def text(self) -> str:
        """Take a string."""
        size = self.number()
        self.at += size
        if self.at > len(self._data):
            raise IndexError
        return self._data[self.at - size : self.at].decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0, *, element: bool = False) -> int:
        """Pass over a value; return it where it is a whole number, else 0."""
        if depth > _DEEP:
            raise ValueError("nested too deeply")
        if kind in (1, 2):
            self.at += element
        elif kind == 3:
            self.at += 1
        elif kind in (4, 5, 6):
            raw = self.number()
            return (raw >> 1) ^ -(raw & 1)
        elif kind == 7:
            self.at += 8
        elif kind == 8:
            size = self.number()
            self.at += size
        elif kind in (9, 10):
            count, inner = self.elements()
            for _ in range(count):
                self.value(inner, depth + 1, element=True)
        elif kind == 11:
            count = self.number()
            if count:
                kinds = self._data[self.at]
                self.at += 1
                for _ in range(count):
                    self.value(kinds >> 4, depth + 1, element=True)
                    self.value(kinds & 15, depth + 1, element=True)
        elif kind == 12:
            for _, inner in self.fields():
                self.value(inner, depth + 1)
        elif kind == 13:
            self.at += 16
        else:
            raise ValueError("a type that there is none of")
        if self.at > len(self._data):
            raise IndexError
        return 0


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A column that holds values: the name of the table's column that it is in."""

    name: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Where the pages of a leaf stand in a row group."""

    start: int
    stop: int
    values: int


class _Footer:
    """What a footer says of columns and row groups: `counts` are rows by group.

    pyarrow's own view of it is not used, because some of what it checks there ends the process.
    Raises `ValueError` for a footer that would not be safe to decode, `IndexError` for a broken
    one.
    """

    def __init__(self, data: bytes) -> None:
        self.leaves: list[_Leaf] = []
        self.counts: list[int] = []
        self._data = data
        self._chunks: list[int | None] = []  # where each group's list of them begins
        walk = _Thrift(data, most=_FOOTER_STRUCTS)
        for field, kind in walk.fields():
            if field == 2 and kind == 9:
                self._schema(walk)
            elif field == 4 and kind == 9:
                self._groups(walk)
            else:
                walk.value(kind)

    def _schema(self, walk: _Thrift) -> None:
        self.leaves = []
        count, kind = walk.elements()
        left: list[int] = []  # children to come, of each open group
        repeated: list[bool] = []
        top = ""
        for number in range(count):
            children = repetition = 0
            name = ""
            if kind != 12:
                raise ValueError("a schema of a kind that there is none of")
            for field, inner in walk.fields():
                if field == 4 and inner == 8:
                    name = walk.text()
                    continue
                value = walk.value(inner)
                children = value if field == 5 else children
                repetition = value if field == 3 else repetition
            while left and left[-1] <= 0:
                left.pop()
                repeated.pop()
            if left:
                left[-1] -= 1
            top = name if len(left) == 1 else top
            again = repetition == 2 or any(repeated)
            if children > 0:
                left.append(children)
                repeated.append(again and number > 0)
                if len(left) > _DEEP:
                    raise ValueError("nested too deeply")
            elif number:
                self.leaves.append(_Leaf(top, again))

    def _groups(self, walk: _Thrift) -> None:
        self.counts, self._chunks = [], []
        count, kind = walk.elements()
        for _ in range(count):
            if kind != 12:
                raise ValueError("row groups of a kind that there is none of")
            rows, chunks = 0, None
            for field, inner in walk.fields():
                at = walk.at
                value = walk.value(inner)
                rows = value if field == 3 else rows
                chunks = at if field == 1 and inner == 9 else chunks
            self.counts.append(rows)
            self._chunks.append(chunks)

    def chunks(self, group: int, wanted: Collection[int]) -> list[tuple[_Leaf, _Chunk]]:
        """Return where the wanted leaves stand in a group; raises `ValueError` without them."""
        start = self._chunks[group]
        if start is None:
            raise ValueError("a row group without columns")
        walk = _Thrift(self._data, start, most=_FOOTER_STRUCTS)
        count, _ = walk.elements()
        if count != len(self.leaves):
            raise ValueError(f"{count:,} columns in a row group, {len(self.leaves):,} in the table")
        found = []
        for leaf in range(count):
            chunk = None
            for field, kind in walk.fields():
                if field == 3 and kind == 12:
                    chunk = _chunk(walk)
                else:
                    walk.value(kind)
            if leaf in wanted:
                if chunk is None:
                    raise ValueError("a column without pages")
                found.append((self.leaves[leaf], chunk))
        return found


def _chunk(walk: _Thrift) -> _Chunk:
    """Read where a column's pages stand from its metadata."""
    said = {field: walk.value(kind) for field, kind in walk.fields()}
    start, dictionary = said.get(9, 0), said.get(11, 0)
    if 0 < dictionary < start:
        start = dictionary
    return _Chunk(start, start + said.get(7, 0), said.get(5, 0))


def _footer(file: _Bounded) -> _Footer | tuple[str, str]:
    """Return the footer, or reason and detail where it is none that pyarrow can be given."""
    size = file.size
    tail = file.at(max(size - 8, 0), 8)
    if tail.endswith(b"PARE"):
        return "unsupported", "Parquet with an encrypted footer: write it without encryption"
    if size < 12 or not tail.endswith(_MAGIC):
        return "unreadable", "Parquet without its footer: the file is cut off"
    (length,) = struct.unpack("<I", tail[:4])
    if length > size - 12:
        return "unreadable", f"a footer of {length:,} bytes in a file of {size:,}"
    try:
        return _Footer(file.at(size - 8 - length, length))
    except ValueError as error:
        return "too_large", _says("a footer that would not be safe to decode", error)
    except IndexError:
        return "unreadable", "a footer that is cut off"


# Columns


def _wanted(names: list[str], table: Aliases | None) -> list[str]:
    """Return the columns to read; none where no headline and no body is among them."""
    table = aliases() if table is None else table
    wanted = [name for name in names if plain_name(name) in table or is_wrapper(name)]
    if any(map(is_wrapper, wanted)) or known_columns(wanted, table) & {
        "title",
        "body",
        "description",
    }:
        return wanted
    return []


@dataclass(frozen=True, slots=True)
class _Pages:
    """What the pages of a column chunk hold, in bytes: all, the largest, the most a row."""

    total: int
    largest: int
    a_row: float


def _pages(file: _Bounded, chunk: _Chunk, *, repeated: bool) -> _Pages:
    """Walk the pages of a column chunk; raises `ValueError` or `IndexError` where that fails."""
    at, stop = chunk.start, chunk.stop
    if not 0 < at <= stop <= file.size:
        raise ValueError(f"a column at {at:,} to {stop:,} in a file of {file.size:,} bytes")
    total = largest = dictionary = seen = 0
    a_row = 0.0
    while at < stop and seen < chunk.values:
        packed, unpacked, values, encoding, length = _page(file, at)
        at += length + packed
        if min(packed, unpacked, values) < 0 or at > stop:
            raise ValueError(f"a page of {packed:,} bytes, {unpacked:,} once unpacked")
        if unpacked > _RATIO_FROM and unpacked > _RATIO * packed:
            raise _TooLargeError(f"a page of {unpacked:,} bytes packed in {packed:,}")
        total += unpacked
        largest = max(largest, unpacked)
        if encoding is None:
            dictionary = unpacked
            continue
        seen += values
        if encoding in _DICTIONARY_ENCODINGS:
            total += values * dictionary
            a_row = max(a_row, dictionary)
        elif encoding in _SHARING_ENCODINGS:
            total += values * unpacked
            a_row = max(a_row, unpacked)
        else:
            a_row = max(a_row, unpacked / max(values, 1))
    return _Pages(total, largest, float(total) if repeated else a_row)


class _TooLargeError(ValueError):
    """What would take too much memory to decode."""


def _page(file: _Bounded, at: int) -> tuple[int, int, int, int | None, int]:
    """Return a page's size packed and unpacked, its values, their encoding, its header's length.

    The encoding is None for what holds no values of rows: a dictionary or an index.
    """
    for size in _HEADER_BYTES:
        data = file.at(at, size)
        walk = _Thrift(data)
        packed = unpacked = values = 0
        encoding: int | None = None
        try:
            for field, kind in walk.fields():
                if field in (5, 8) and kind == 12:
                    for inner, kind_ in walk.fields():
                        value = walk.value(kind_)
                        if inner == 1:
                            values = value
                        elif inner == (2 if field == 5 else 4):
                            encoding = value
                    continue
                value = walk.value(kind)
                if field == 2:
                    unpacked = value
                elif field == 3:
                    packed = value
        except IndexError:
            if len(data) < size:
                raise
            continue
        return packed, unpacked, values, encoding, walk.at
    raise ValueError("a page's header of more than 16 MB")


def _batch_rows(file: _Bounded, footer: _Footer, group: int, names: list[str]) -> int:
    """Return how many rows of a group take about `_BATCH_BYTES` once decoded, 1 to 1,000."""
    wanted = set(names)
    leaves = {n for n, leaf in enumerate(footer.leaves) if leaf.name in wanted}
    if len(leaves) > _MOST_LEAVES:
        raise _TooLargeError(f"{len(leaves):,} columns that are named as fields are")
    found = [
        _pages(file, chunk, repeated=leaf.repeated) for leaf, chunk in footer.chunks(group, leaves)
    ]
    if (pages := sum(one.largest for one in found)) > _PAGES_BYTES:
        raise _TooLargeError(f"pages of {pages:,} bytes: write smaller row groups")
    rows = _BATCH_ROWS
    while rows > 1 and sum(min(one.total, rows * one.a_row) for one in found) > _BATCH_BYTES:
        rows = rows * 3 // 4
    return rows


# Rows


def _group(
    table: Any,
    file: _Bounded,
    footer: _Footer,
    group: int,
    names: list[str],
    start: int,
    end: int,
    source: BinarySource,
) -> Iterator[Row]:
    """Yield the rows of a row group: records as far as they can be decoded, then one reject."""
    at = start
    try:
        size = _batch_rows(file, footer, group, names)
        found = table.iter_batches(
            batch_size=size, row_groups=[group], columns=names, use_threads=False
        )
        for batch in found:
            columns = [
                (field.name, _values(batch.column(i))) for i, field in enumerate(batch.schema)
            ]
            for i in range(min(batch.num_rows, end - at)):
                fields: dict[str, Any] = {}
                for name, values in columns:
                    if fields.get(name) is None:
                        fields[name] = values[i]
                yield _row(fields, at, source)
                at += 1
    except _TooLargeError as error:
        yield reject(at, end, "too_large", _says(f"{end - at:,} rows of a group", error))
    except (
        ValueError, IndexError, OSError, MemoryError, NotImplementedError, KeyError, TypeError,
        OverflowError,
    ) as error:  # fmt: skip
        yield reject(at, end, "bad_record", _says(f"{end - at:,} rows of a damaged group", error))
    else:
        if at < end:
            yield reject(at, end, "bad_record", f"{end - at:,} rows that are not there")


def _row(fields: dict[str, Any], at: int, source: BinarySource) -> Row:
    excerpt = json.dumps(
        {name: _short(value) for name, value in fields.items() if value is not None},
        ensure_ascii=False,
        default=str,
    )[:500]
    row = article(fields, at, at + 1, excerpt, source.aliases)
    if len(row["text"]) + len(row.get("title") or "") > source.max_record:
        return reject(at, at + 1, "too_large", "a record over the size limit", excerpt)
    return row


def _short(value: Any) -> Any:
    return value[:200] if isinstance(value, str | list) else value


def _values(column: Any) -> list[Any]:
    """Return a column's values as Python's: times as ISO 8601 in UTC, bytes as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_timestamp(kind):
        seconds = pc.cast(column, pa.timestamp("s", kind.tz), safe=False)
        plain = seconds.cast(pa.timestamp("s"), safe=False)
        zone = "Z" if kind.tz else ""
        return [None if text is None else text + zone for text in _iso(plain)]
    if pa.types.is_date(kind):
        return [
            None if text is None else text[:10] for text in _iso(column.cast(pa.timestamp("s")))
        ]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            strings: list[Any] = column.to_pylist()
            return strings
        except UnicodeDecodeError:
            column = column.cast(pa.large_binary())
    values: list[Any] = column.to_pylist()
    survey = EncodingSurvey()
    for value in values:
        if isinstance(value, bytes):
            survey.feed(value + b"\n")
    return [_readable(value, survey.encoding()) for value in values]


def _iso(column: Any) -> list[str | None]:
    import pyarrow as pa

    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return texts


def _readable(value: Any, encoding: str = "utf-8") -> Any:
    """Decode bytes, also in lists and structs; what is no text becomes None."""
    if isinstance(value, bytes):
        try:
            return None if looks_binary(value, "utf-8") else value.decode()
        except UnicodeDecodeError:
            return value.decode(encoding, "replace")
    if isinstance(value, list | tuple):  # an entry of a map is a tuple
        return [_readable(one) for one in value]
    if isinstance(value, dict):
        return {name: _readable(one) for name, one in value.items()}
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


register(
    BinaryReader(
        "parquet", sniff, read, "rows", about="Parquet: columns named as in JSON lines or CSV"
    )
)
