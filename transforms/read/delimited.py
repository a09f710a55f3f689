"""CSV and TSV as people have them; quoted fields may run over lines.

What a dump's first 64 thousand characters show is held for all of it: the delimiter, the header
row and the lines before it (Excel's `sep=;`, a title), whether blanks follow delimiters, whether
quotes are doubled (RFC 4180) or escaped by a backslash (MySQL, Spark). Without a header row the
columns are told by what stands in them.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from transforms.read.dates import parse_date
from transforms.read.fields import Aliases, aliases, article, known_columns, plain_name
from transforms.read.pieces import Row, declared, framing, reject, remark, tile
from transforms.read.registry import Reader, register
from transforms.read.text import Line, TextSource

_DELIMITERS = (",", "\t", ";", "|")
_HEADER_LINES = 20
_HEADER_CHARS = 20_000
_SAMPLE_RECORDS = 50
_LINE_COST = 100
_TORN_LINES = 1000
_TORN_CHARS = 65_536
_NO_VALUE = frozenset(
    ["nan", "NaN", "None", "NULL", "null", "NaT", "<NA>", "N/A", "n/a", "#N/A", "\\N"]
)
"""How pandas, R and databases write that there is no value."""
csv.field_size_limit(64_000_000)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a dump is laid out. `begin` is where its header row starts, or its first record.

    `told`: its columns are named by their content, because no header row says what they are.
    """

    delimiter: str = ","
    names: tuple[str, ...] = ()
    begin: int = 0
    spaced: bool = False
    backslash: bool = False
    headed: bool = True
    told: bool = False

    @property
    def opens(self) -> re.Pattern[str]:
        """A quote that opens a field."""
        return _OPENS[self.delimiter, self.spaced]

    @property
    def ends(self) -> re.Pattern[str]:
        """What stands behind a quote that closes a field."""
        return _ENDS[self.delimiter]


_BLANKS = {",": "[ \t]{0,8}", ";": "[ \t]{0,8}", "|": "[ \t]{0,8}", "\t": " {0,8}"}
_OPENS = {
    (delimiter, spaced): re.compile(rf'(?:\A|{re.escape(delimiter)}){" {0,8}" if spaced else ""}"')
    for delimiter in _DELIMITERS
    for spaced in (False, True)
}
_ENDS = {
    delimiter: re.compile(rf"{_BLANKS[delimiter]}(?:{re.escape(delimiter)}|[\r\n]|\Z)")
    for delimiter in _DELIMITERS
}
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|[\r\n])|[^\r\n]++")
_SEPARATOR = re.compile(r"\ufeff?sep=(.)\s*\Z")
_DOUBLED = re.compile(r'[^\s,;|"]""[^,;|"\r\n\t]|[^,;|"\r\n\t]""[^\s,;|"]')
_ESCAPED = re.compile(r'(?<![\\"])\\"(?![,;|\t\r\n])')


def _header(line: str, table: Aliases | None = None) -> tuple[str, list[str]]:
    """Return the delimiter that splits a header into the most known names, and the names."""
    best = (",", [_name(line)])
    most = -1
    for delimiter in _DELIMITERS:
        names = _cells(line.rstrip("\r\n"), _Layout(delimiter, spaced=True))
        score = 100 * len(known_columns(names, table)) + len(names)
        if len(names) > 1 and score > most:
            best, most = (delimiter, list(map(_name, names))), score
    return best


def _name(text: str) -> str:
    return text.strip().lstrip("\ufeff").strip().strip('"').strip()


def _layout(head: str, table: Aliases | None, *, whole: bool) -> _Layout | None:
    """Return a dump's layout, None where nothing in `head` looks like a header or like columns."""
    at = 0
    told: str | None = None
    first: tuple[int, str] | None = None
    lines = 0
    for line in _LINE.findall(head):
        start, at = at, at + len(line)
        if not line.strip():
            continue
        lines += 1
        if lines > _HEADER_LINES or len(line) > _HEADER_CHARS:
            break
        if separator := _SEPARATOR.match(line):
            told = separator[1] if separator[1] in _DELIMITERS else None
            continue
        first = first or (start, line)
        found = _headed(line, table)
        if found is not None:
            return _dialect(replace(found, begin=start), head)
    if first is None:
        return None
    guess = _unheaded(head, first[0], told, table, whole=whole)
    if guess is not None or told is None:
        return guess
    return _dialect(_Layout(told, tuple(_cells(first[1], _Layout(told))), first[0]), head)


def _headed(line: str, table: Aliases | None) -> _Layout | None:
    """Return the layout that a header row tells, None where a line is none."""
    delimiter, names = _header(line, table)
    columns = known_columns(names, table)
    if not columns & {"title", "body", "description"} or any(len(name) > 60 for name in names):
        return None
    spaced = len(names) > 1 and line.count(delimiter + " ") >= len(names) - 1
    return _Layout(delimiter, tuple(names), spaced=spaced and delimiter != "\t")


def _dialect(layout: _Layout, head: str) -> _Layout:
    body = head[layout.begin :]
    escaped = _ESCAPED.search(body) is not None and _DOUBLED.search(body) is None
    return replace(layout, backslash=escaped)


def _unheaded(
    head: str, begin: int, told: str | None, table: Aliases | None, *, whole: bool
) -> _Layout | None:
    """Return a layout whose columns are named by what stands in them."""
    best: tuple[float, _Layout] | None = None
    for delimiter in (told,) if told else _DELIMITERS:
        if delimiter not in head:
            continue
        layout = _dialect(_Layout(delimiter, begin=begin, headed=False), head)
        sample = [_cells(text, layout) for text in _sample(head, layout, whole=whole)]
        if not sample:
            continue
        [(width, often)] = Counter(map(len, sample)).most_common(1)
        table_rows = [row for row in sample if len(row) == width]
        if width < 2 or often < 0.8 * len(sample):
            continue
        names = _names_of(table_rows[1:] or table_rows)
        score = often / len(sample) + width / 1000
        if {"title", "text"} & set(names) and (best is None or score > best[0]):
            headed = len(table_rows) > 1 and _is_header(sample[0], names)
            best = score, replace(layout, names=names, headed=headed, told=True)
    return best[1] if best else None


def _sample(head: str, layout: _Layout, *, whole: bool) -> list[str]:
    lines: list[Line] = []
    at = layout.begin
    for text in _LINE.findall(head[at:]):
        lines.append(Line(at, at + len(text), text))
        at += len(text)
    if not whole:
        lines = lines[:-1]
    texts: list[str] = []
    for _, _, text_ in _records(iter(lines), layout, 1 << 16):
        if text_ and text_.strip():
            texts.append(text_)
        if len(texts) == _SAMPLE_RECORDS:
            break
    return texts


def _names_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Name columns by their content: `text` is the longest prose, `title` the next."""
    width = len(rows[0])
    names = [f"column {number}" for number in range(1, width + 1)]
    prose: dict[int, float] = {}
    for number in range(width):
        cells = [cell for row in rows if (cell := row[number].strip()) not in _NO_VALUE and cell]
        if not cells:
            continue
        if _share(cells, _is_address) > 0.8:
            names[number] = names[number] if "url" in names else "url"
        elif _share(cells, _is_date) > 0.8:
            names[number] = names[number] if "date" in names else "date"
        elif _share(cells, _is_words) > 0.6:
            length = sum(map(len, cells)) / len(cells)
            if length >= 60 or len(set(cells)) > 0.5 * len(cells):  # else names of sections
                prose[number] = length
    longest = sorted(prose, key=lambda number: -prose[number])
    if longest and prose[longest[0]] >= 60:
        names[longest[0]] = "text"
        del longest[0]
    if longest and prose[longest[0]] <= 300:
        names[longest[0]] = "title"
    return tuple(names)


def _is_header(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether a first row holds no content: short words, no date or address in its column."""
    by_name = dict(zip(names, row, strict=False))
    if len(row) != len(names) or not all(0 < len(cell.strip()) <= 40 for cell in row):
        return False
    if "date" in by_name and _is_date(by_name["date"]):
        return False
    if "url" in by_name and _is_address(by_name["url"]):
        return False
    return bool({"date", "url", "text"} & set(by_name))


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells)


def _is_address(cell: str) -> bool:
    return cell.startswith(("http://", "https://", "www."))


def _is_date(cell: str) -> bool:
    return len(cell) <= 40 and parse_date(cell) is not None


def _is_words(cell: str) -> bool:
    letters = sum(map(str.isalpha, cell[:300]))
    return letters >= 8 and letters > 0.5 * len(cell[:300]) and (" " in cell or cell[0] > "\u2fff")


def sniff(head: str, name: str) -> float:
    """A row near the top of names of which a headline or a body is one; or columns of prose."""
    named = name.endswith((".csv", ".tsv", ".tab", ".psv"))
    first = next((line for line in _LINE.findall(head[:_HEADER_CHARS]) if line.strip()), "")
    if not first or first.lstrip().startswith(("{", "[", "<")):
        return 0.0
    told = _SEPARATOR.match(first) is not None
    if (
        not named
        and not told
        and ("\t" not in first and _headed(first[:_HEADER_CHARS], None)) is None
    ):
        return 0.0
    layout = _layout(head, None, whole=len(head) < 1 << 16)
    if layout is None:
        return 0.7 if named and len(_header(first[:_HEADER_CHARS])[1]) > 1 else 0.0
    columns = known_columns(layout.names)
    if named or told:
        return 0.9
    if layout.headed:
        return 0.9 if len(columns) >= 2 and head[: layout.begin].strip() == "" else 0.0
    return 0.6 if layout.delimiter == "\t" and len(layout.names) > 2 and len(columns) > 1 else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a row; the header belongs to the first record's span."""
    yield from tile(_rows(source))


def _rows(source: TextSource) -> Iterator[Row]:
    table = aliases() if source.aliases is None else source.aliases
    layout = _layout(source.head, table, whole=len(source.head) < 1 << 16)
    lines = source.lines()
    if layout is None:
        first = next((line for line in _LINE.findall(source.head) if line.strip()), "")
        layout = _dialect(_Layout(_header(first[:_HEADER_CHARS], table)[0]), source.head)
    names = layout.names if layout.told else ()
    headed = layout.headed
    if layout.told:
        known = ", ".join(f"{n}: {name}" for n, name in enumerate(names, 1) if " " not in name)
        yield remark(f"no header row with known names; its columns by their content: {known}")
    records = _records(_after(lines, layout.begin), layout, source.max_record)
    yield from (framing(0, layout.begin) for _ in range(source.head[: layout.begin].strip() != ""))
    for (start, end, text), fields in _joined(records, layout, table):
        if text is None:
            yield reject(start, end, "too_large", "a record over the size limit")
            continue
        if not text.strip():
            continue
        if headed:
            headed = False
            names = names or tuple(map(_name, fields))
            yield framing(start, end)
            continue
        if len(fields) > len(names) and any(field.strip() for field in fields[len(names) :]):
            detail = f"{len(fields)} fields under {len(names)} names"
            yield reject(start, end, "bad_record", detail, text)
            continue
        if len(names) > 1 and (count := _count(fields)) is not None:
            yield declared(count, " ".join(field for field in fields if field.strip()))
            yield reject(start, end, "not_article", "the number of rows", text)
            continue
        record: dict[str, Any] = {}
        for name, field in zip(names, fields, strict=False):
            if not record.get(name):  # of columns with the same name the first with a value
                record[name] = _value(field)
        yield article(record, start, end, text[:500], table)


def _after(lines: Iterator[Line], begin: int) -> Iterator[Line]:
    for line in lines:
        if line.start >= begin:
            yield line


_COUNT = re.compile(
    r"\(?(\d{1,3}(?:[.,]\d{3}){1,3}|\d{1,9}) (?:row|record|article|document|result|item)s?\b"
    r"[^.]{0,40}\Z",
    re.I,
)
_TOTAL = re.compile(r"(?:grand )?total\b[^.]{0,30}\Z", re.I)


def _count(fields: Sequence[str]) -> int | None:
    """Return how many rows a last line says there are (`3 rows exported`; `Total`, `3`)."""
    ink = [field.strip() for field in fields if field.strip()]
    if len(ink) == 1 and (match := _COUNT.match(ink[0])):
        return int(re.sub("[.,]", "", match[1]))
    if len(ink) == 2 and _TOTAL.match(ink[0]) and ink[1].isdecimal() and len(ink[1]) < 10:
        return int(ink[1])
    return None


_Record = tuple[int, int, str | None]


def _joined(
    records: Iterator[_Record], layout: _Layout, table: Aliases
) -> Iterator[tuple[_Record, list[str]]]:
    """Put records together that line ends inside a field without quotes have torn apart.

    Short rows are one record if together they have exactly a field for every name, and a date or
    an address stands behind the last line end where its column is; or if one field alone follows
    a whole row whose last column is the body. Yields each record with its fields.
    """
    names = layout.names if layout.told else ()
    headed = layout.headed
    columns = [_column(name, table) for name in names]
    held: list[tuple[_Record, list[str]]] = []
    total = size = 0  # fields that the held rows are together, and their characters
    for record in records:
        text = record[2]
        if text is None:
            yield from _as_one(held, len(names))
            held = []
            yield record, []
            continue
        if not text.strip():
            continue
        cells = _cells(text, layout)
        if headed:
            headed = False
            names = names or tuple(map(_name, cells))
            columns = [_column(name, table) for name in names]
            yield record, cells
            continue
        width, count = len(names), len(cells)
        if held and size + len(text) < _TORN_CHARS and len(held) < _TORN_LINES:
            together = total + count - 1
            goes_on = len(held[0][1]) < width and count < width and together <= width
            if len(held[0][1]) == width:
                goes_on = count == 1 and _count(cells) is None
            if goes_on:
                held.append((record, cells))
                total, size = together, size + len(text)
                if total == width > len(held[0][1]):
                    whole = _whole(held)
                    if _stands(whole[1], columns, width - count + 1):
                        held = [whole]
                    yield from held
                    held = []
                continue
        yield from _as_one(held, width)
        held = []
        if width > 1 and (count < width or (count == width and columns[-1] == "body")):
            held, total, size = [(record, cells)], count, len(text)
        else:
            yield record, cells
    yield from _as_one(held, len(names))


def _as_one(
    held: list[tuple[_Record, list[str]]], width: int
) -> Iterator[tuple[_Record, list[str]]]:
    """Yield a whole row with the lines that go on in it, or short rows as they are."""
    if len(held) > 1 and len(held[0][1]) == width:
        yield _whole(held)
    else:
        yield from held


def _whole(torn: Sequence[tuple[_Record, list[str]]]) -> tuple[_Record, list[str]]:
    """Return torn rows as one: the last field of each goes on in the first of the next."""
    parts: list[list[str]] = []
    for _, cells in torn:
        if parts and cells:
            parts[-1].append(cells[0])
        parts += [[cell] for cell in cells[1 if parts else 0 :]]
    text = "\n".join(record[2] or "" for record, _ in torn)
    return (torn[0][0][0], torn[-1][0][1], text), ["\n".join(lines) for lines in parts]


def _column(name: str, table: Aliases) -> str | None:
    return table.get(plain_name(name), (None, 0))[0]


def _stands(cells: Sequence[str], columns: Sequence[str | None], first: int) -> bool:
    """Say whether a date or an address stands where its column is, from column `first` on."""
    for column, cell in list(zip(columns, cells, strict=False))[first:]:
        if (column == "date" and _is_date(cell)) or (column == "url" and _is_address(cell)):
            return True
    return False


def _records(lines: Iterator[Line], layout: _Layout, limit: int) -> Iterator[_Record]:
    """Split into records: a quote opens at a field's start and closes before a delimiter.

    A quote that is never closed costs the line that opened it, not what stands behind it. How
    much is scanned in vain is bounded by twice the limit and eight times what has been read.
    """
    queue: list[Line] = []
    spent = 0
    while (line := queue.pop() if queue else next(lines, None)) is not None:
        if line.text is None:
            yield line.start, line.end, None
            continue
        taken = [line]
        inside = _inside(line.text, layout, False)
        size = len(line.text)
        most = min(limit, 2 * limit + 8 * line.end - spent)
        while inside and size <= most:
            more = queue.pop() if queue else next(lines, None)
            if more is None:
                break
            taken.append(more)
            if more.text is None:
                break
            size += len(more.text) + _LINE_COST
            inside = _inside(more.text, layout, True)
            if inside is None:
                break
        if inside is not False:
            spent += size
            queue.extend(reversed(taken[1:]))
            taken = taken[:1]
        text = "".join(one.text or "" for one in taken)
        body = text.rstrip("\r\n")
        yield taken[0].start, taken[0].start + len(body), body


def _inside(line: str, layout: _Layout, inside: bool) -> bool | None:
    """Say whether a quoted field is open at the end of `line`.

    None where a quote opens a field although one is open from an earlier line: that one was never
    closed.
    """
    earlier = inside
    at = 0
    while True:
        if not inside:
            found = layout.opens.search(line, at)
            if found is None:
                return False
            at = found.end()
            inside = True
            continue
        quote = line.find('"', at)
        if quote < 0:
            return True
        if layout.backslash and _is_escaped(line, quote, at):
            at = quote + 1
        elif line.startswith('""', quote):
            at = quote + 2
        elif layout.ends.match(line, quote + 1):
            inside = earlier = False
            at = quote + 1
        elif earlier and (quote == 0 or line[quote - 1] == layout.delimiter):
            return None
        else:
            at = quote + 1


def _is_escaped(text: str, quote: int, at: int) -> bool:
    """Say whether an odd number of backslashes stands before a quote, up to 100 of them."""
    start = max(at, quote - 100)
    before = text[start:quote]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _cells(text: str, layout: _Layout) -> list[str]:
    """Return a record's fields without their quotes."""
    if '"' not in text:
        cells = text.split(layout.delimiter)
        return [cell.lstrip(" ") for cell in cells] if layout.spaced else cells
    if not layout.backslash:
        rows = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=layout.delimiter,
            skipinitialspace=layout.spaced,
            strict=True,
        )
        try:
            cells = next(rows, [])
            if next(rows, None) is None:
                return cells
        except csv.Error:  # quotes that RFC 4180 does not allow
            pass
    return list(_loose_cells(text, layout))


def _loose_cells(text: str, layout: _Layout) -> Iterator[str]:
    """Do the same where quotes stand inside quoted fields, or are never closed."""
    at = 0
    closable = True
    while True:
        begin = at
        if layout.spaced:
            begin += len(text[at : at + 8]) - len(text[at : at + 8].lstrip(" "))
        close = -1
        if closable and text.startswith('"', begin):
            close = _closing(text, begin + 1, layout)
            closable = close >= 0
        if close >= 0:
            cell = text[begin + 1 : close].replace('""', '"')
            stop = text.find(layout.delimiter, close)
        else:
            stop = text.find(layout.delimiter, begin)
            cell = text[begin : stop if stop >= 0 else len(text)]
        yield _ESCAPE.sub(_unescaped, cell) if layout.backslash else cell
        if stop < 0:
            return
        at = stop + 1


_ESCAPE = re.compile(r'\\([\\"nrt\r\n])')


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "r": "\n", "t": " "}.get(match[1], match[1])


def _closing(text: str, at: int, layout: _Layout) -> int:
    while (quote := text.find('"', at)) >= 0:
        if layout.backslash and _is_escaped(text, quote, at):
            at = quote + 1
        elif text.startswith('""', quote):
            at = quote + 2
        elif layout.ends.match(text, quote + 1):
            return quote
        else:
            at = quote + 1
    return -1


_STRING = r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\""
_LIST = re.compile(rf"\[\s*+(?:(?:{_STRING})\s*+(?:,\s*+)?)*+\]", re.S)
_PAIR = rf"(?:{_STRING})\s*+:\s*+(?:{_STRING}|None|True|False|-?[\d.]++)\s*+"
_OBJECT = re.compile(rf"\{{\s*+{_PAIR}(?:,\s*+{_PAIR})*+\}}", re.S)
_ITEM = re.compile(_STRING, re.S)
_FIELD = re.compile(rf"({_STRING})\s*+:\s*+({_STRING})?", re.S)
_SLASHED = re.compile(r"\\(.)", re.S)


def _value(cell: str) -> Any:
    """Return what a cell holds: nothing, a list or object as Python and JSON write them, a text."""
    plain = cell.strip()
    if plain in _NO_VALUE:
        return None
    if plain[:1] not in ("[", "{") or plain[-1:] not in ("]", "}"):
        return cell
    try:
        return orjson.loads(plain)
    except ValueError:
        pass
    if _LIST.fullmatch(plain):  # NumPy writes lists without commas
        return [_unquoted(item) for item in _ITEM.findall(plain)]
    if _OBJECT.fullmatch(plain):
        return {_unquoted(key): _unquoted(value) for key, value in _FIELD.findall(plain)}
    return cell


def _unquoted(text: str) -> str:
    return _SLASHED.sub(lambda match: {"n": "\n", "t": " "}.get(match[1], match[1]), text[1:-1])


register(Reader("csv", sniff, read, about="CSV or TSV, with or without a header row"))
