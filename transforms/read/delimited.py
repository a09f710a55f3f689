"""CSV and TSV with a header row; quoted fields may run over lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from transforms.read.fields import Aliases, article, known_columns
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import Line, TextSource

_DELIMITERS = (",", "\t", ";", "|")
_RUNAWAYS = 20
_RUNAWAY_CHARS = 65_536
csv.field_size_limit(64_000_000)


def _header(line: str, table: Aliases | None = None) -> tuple[str, list[str]]:
    """Return the delimiter that splits a header into the most known names, and the names."""
    best = (",", [line.strip()])
    most = -1
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
        except csv.Error:  # a header that runs over lines
            names = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
        score = 100 * len(known_columns(names, table)) + len(names)
        if len(names) > 1 and score > most:
            best, most = (delimiter, [name.strip().lstrip("\ufeff") for name in names]), score
    return best


def sniff(head: str, name: str) -> float:
    """A first line that splits into names of which a headline or a body is one."""
    named = name.endswith((".csv", ".tsv", ".tab"))
    first = next((line for line in head.splitlines()[:20] if line.strip()), "")
    if not first or len(first) > 20_000 or first.lstrip().startswith(("{", "[", "<")):
        return 0.0
    try:
        _, names = _header(first)
    except csv.Error:
        return 0.0
    columns = known_columns(names)
    prose = any(len(field) > 60 for field in names)
    if columns & {"title", "body"} and len(columns) >= 2 and not prose:
        return 0.9
    return 0.7 if named and len(names) > 1 else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a row; the header belongs to the first record's span."""
    yield from tile(_rows(source))


def _rows(source: TextSource) -> Iterator[Row]:
    delimiter: str | None = None
    names: list[str] = []
    for start, end, text in _records(source):
        if text is None:
            yield reject(start, end, "too_large", "a record over the size limit")
            continue
        if not text.strip():
            continue
        if delimiter is None:
            delimiter, names = _header(text, source.aliases)
            yield framing(start, end)
            continue
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error as error:
            yield reject(start, end, "bad_record", f"not CSV: {error}", text)
            continue
        if len(fields) > len(names) and any(field.strip() for field in fields[len(names) :]):
            detail = f"{len(fields)} fields under {len(names)} names"
            yield reject(start, end, "bad_record", detail, text)
            continue
        record = dict(zip(names, fields, strict=False))
        yield article(record, start, end, text[:500], source.aliases)


def _records(source: TextSource) -> Iterator[tuple[int, int, str | None]]:
    """Split into records: a quote opens at a field's start and closes before a delimiter.

    A quote that is never closed costs the line that opened it, not what stands behind it. How
    often a long run is scanned again is bounded.
    """
    lines = source.lines()
    queue: list[Line] = []
    delimiter: str | None = None
    runaways = 0
    while True:
        limit = source.max_record if runaways < _RUNAWAYS else _RUNAWAY_CHARS
        taken: list[Line] = []
        size = 0
        inside = False
        lost = False
        while True:
            line = queue.pop() if queue else next(lines, None)
            if line is None:
                lost = inside
                break
            taken.append(line)
            if line.text is None:
                lost = inside
                break
            if delimiter is None and line.text.strip():
                delimiter = _header(line.text, source.aliases)[0]
            inside = _inside_quotes(line.text, delimiter or ",", inside)
            size += len(line.text)
            if not inside:
                break
            if size > limit:
                lost = True
                break
        if not taken:
            return
        if lost and len(taken) > 1:
            runaways += 1
            queue.extend(reversed(taken[1:]))
            taken = taken[:1]
        if any(line.text is None for line in taken):
            yield taken[0].start, taken[-1].end, None
        else:
            text = "".join(line.text or "" for line in taken)
            body = text.rstrip("\r\n")
            yield taken[0].start, taken[0].start + len(body), body


def _inside_quotes(line: str, delimiter: str, inside: bool) -> bool:
    """Say whether a quoted field is open at the end of `line`."""
    if '"' not in line:
        return inside
    at = 0
    opens = _OPENS[delimiter]
    while True:
        if inside:
            at = line.find('"', at)
            if at < 0:
                return True
            if line.startswith('""', at):
                at += 2
            else:
                at += 1
                inside = False
        else:
            found = opens.search(line, at)
            if found is None:
                return False
            at = found.end()
            inside = True


_OPENS = {
    delimiter: re.compile(rf'(?:\A|{re.escape(delimiter)}) {{0,8}}"') for delimiter in _DELIMITERS
}

register(Reader("csv", sniff, read, about="CSV or TSV with a header row, quoted fields over lines"))
