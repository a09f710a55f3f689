"""JSON documents: one object, an array of objects, or an object that holds records somewhere."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from transforms.read.fields import Aliases, aliases, article, known_columns, names_of, plain_name
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_START = re.compile(r'\s{0,1000}(?:\[\s{0,1000})?\{\s{0,1000}"[^"\n]{1,200}"\s{0,20}:')
_STRUCTURE = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'["\\]')
_FIRST_NAME = re.compile(r'\{\s{0,1000}"([^"\\]{1,200})"\s{0,20}:')
_FRAMING = re.compile(r"[\s,\[\]{}]*")
_MOST_NESTED = 1_000_000
_MOST_TRIED = 50
_CLOSING = {"{": "}", "[": "]"}

Value = Mapping[str, Any]
Build = Callable[[Value, int, int, str], Row]
"""From an object, its start, its end and an excerpt of it to a row."""
Looks = Callable[[Value], bool]
"""Whether an object inside another one is a record."""
Own = Callable[[Value, Row], bool]
"""Whether an object of which a row was built is a record itself, whatever is inside it."""


def sniff(head: str, name: str) -> float:
    """An object or an array of objects; JSON lines, which are surer of themselves, go first."""
    if _START.match(head):
        return 0.85
    bare = head.strip()
    return 0.5 if bare in ("[]", "{}") or (name.endswith(".json") and bare[:1] in "[{") else 0.0


class _Scanner:
    """Finds where objects at one depth start and end, over chunks of text."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.depth = 0
        self._string = False
        self._skip = 0

    def feed(self, chunk: str) -> Iterator[tuple[int, bool]]:
        """Yield (position in `chunk`, True) where an object starts, (…, False) behind its end."""
        at = self._skip
        self._skip = 0
        while True:
            if self._string:
                found = _IN_STRING.search(chunk, at)
                if found is None:
                    self._skip = max(at - len(chunk), 0)
                    return
                if found.group() == "\\":
                    at = found.end() + 1
                else:
                    at = found.end()
                    self._string = False
                continue
            found = _STRUCTURE.search(chunk, at)
            if found is None:
                return
            at = found.end()
            sign = found.group()
            if sign == '"':
                self._string = True
            elif sign in "{[":
                if sign == "{" and self.depth == self.base:
                    yield found.start(), True
                self.depth += 1
            else:
                self.depth = max(self.depth - 1, 0)
                if sign == "}" and self.depth == self.base:
                    yield at, False


def load(text: str) -> Any:
    """Parse JSON as exports have it: control characters in strings, NaN, halves of surrogates.

    Raises `ValueError`.
    """
    try:
        return orjson.loads(text.encode("utf-8", "surrogatepass"))
    except orjson.JSONDecodeError:
        try:
            return json.loads(text, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


# Records inside an object


def looks_like_article(value: Value, table: Aliases | None = None, least: int = 2) -> bool:
    """Say whether an object inside another one has the fields of an article, `least` of them.

    A headline or a body hardly does alone: people and places have names, images titles.
    """
    columns = known_columns([name for name in names_of(value) if plain_name(name) != "name"], table)
    return bool(columns & {"title", "body"}) and len(columns - {"language"}) >= least


def nested(text: str, value: Value, start: int, build: Build, looks: Looks) -> list[Row]:
    """Return the rows of the records inside an object of which `text` is the JSON.

    Those are the outermost objects that `looks` takes for records, and what stands beside one of
    them in its list. Their spans and framing between them tile the text; without any record the
    list is empty.
    """
    spans = _spans(text)
    objects = _objects(value)
    if len(objects) != len(spans):  # a name that comes twice, or too many
        return []
    looking = {number for number, (one, _) in enumerate(objects) if number and looks(one)}
    if not looking:
        looking = {
            number
            for number, (one, of) in enumerate(objects)
            if of and looks_like_article(one, least=1)
        }
    lists = {objects[number][1] for number in looking} - {0}
    found: list[Row] = []
    at = 0
    for number, (one, of) in enumerate(objects):
        begin, stop = spans[number]
        if begin < at or not number or (number not in looking and of not in lists):
            continue
        row = build(one, start + begin, start + stop, text[begin : begin + 500])
        if (
            number not in looking
            and row["kind"] == "record"
            and not looks_like_article(one, least=1)
        ):
            row = reject(
                start + begin, start + stop, "no_text", "an object that is no article", row["text"]
            )
        if not _says(row) and of not in lists:
            continue
        if begin > at:
            found.append(framing(start + at, start + begin))
        found.append(row)
        at = stop
    if not any(map(_says, found)):
        return []
    if at < len(text):
        found.append(framing(start + at, start + len(text)))
    return found


def _says(row: Row) -> bool:
    return row["kind"] == "record" or row.get("reason") == "not_article"


class _Spans:
    """Where the objects of a text start and end, in the order of their starts."""

    def __init__(self) -> None:
        self.starts = array("q")
        self.ends = array("q")

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> tuple[int, int]:
        return self.starts[number], self.ends[number]


def _spans(text: str) -> _Spans:
    found = _Spans()
    opened: list[int] = []
    at = 0
    while (sign := _STRUCTURE.search(text, at)) is not None and len(found) < _MOST_NESTED:
        at = sign.end()
        kind = sign.group()
        if kind == '"':
            while (inner := _IN_STRING.search(text, at)) is not None:
                at = inner.end() + (inner.group() == "\\")
                if inner.group() == '"':
                    break
            else:
                break
        elif kind == "{":
            opened.append(len(found))
            found.starts.append(sign.start())
            found.ends.append(len(text))
        elif kind == "}" and opened:
            found.ends[opened.pop()] = at
    return found


def _objects(value: Value) -> list[tuple[Value, int]]:
    """Return the objects in and under `value` in the order of the text; each with its list.

    Lists are numbered from 1; 0 is for an object in no list.
    """
    found: list[tuple[Value, int]] = []
    stack: list[tuple[Any, int]] = [(value, 0)]
    lists = 0
    while stack and len(found) < _MOST_NESTED:
        one, of = stack.pop()
        if isinstance(one, Mapping):
            found.append((one, of))
            stack += [(v, 0) for v in reversed(list(one.values())) if isinstance(v, Mapping | list)]
        else:
            lists += 1
            stack += [(v, lists) for v in reversed(one) if isinstance(v, Mapping | list)]
    return found


def rows_of(
    text: str, value: Value, start: int, build: Build, looks: Looks, own: Own
) -> Iterator[Row]:
    """Yield the record that an object is, or the records inside it.

    What is no record of its `own`, such as a headline without a body, is none either if there are
    texts inside: a feed has a title, too.
    """
    row = build(value, start, start + len(text), text[:500])
    if not own(value, row) and any(isinstance(one, Mapping | list) for one in value.values()):
        found = nested(text, value, start, build, looks)
        if found and (row["kind"] != "record" or any(one["text"] for one in found)):
            yield from found
            return
    yield row


# Documents


def _stream_depth(head: str, build: Build, looks: Looks) -> int:
    """Return how deep the records of a long document lie: 0, but in an object with a list of them.

    So that an object which holds a whole night need not be held as one.
    """
    if any(not starts for _, starts in _Scanner(0).feed(head)):
        return 0
    opened: list[str] = []
    tried = 0
    at = 0
    while (sign := _STRUCTURE.search(head, at)) is not None and tried < _MOST_TRIED:
        at = sign.end()
        kind = sign.group()
        if kind == '"':
            while (inner := _IN_STRING.search(head, at)) is not None:
                at = inner.end() + (inner.group() == "\\")
                if inner.group() == '"':
                    break
            else:
                return 0
        elif kind in "[{":
            if kind == "{" and opened[-1:] == ["["] and opened[0] == "{":
                tried += 1
                if _is_list_of_records(head, sign.start(), opened, build, looks):
                    return len(opened)
            opened.append(kind)
        elif opened:
            opened.pop()
            if not opened:
                return 0
    return 0


def _is_list_of_records(head: str, at: int, opened: list[str], build: Build, looks: Looks) -> bool:
    """Say whether a record starts at `at`, and what is open around it is none."""
    scanner = _Scanner(0)
    stop = next((place for place, starts in scanner.feed(head[at:]) if not starts), None)
    if stop is None:
        return False
    try:
        inner = load(head[at : at + stop])
        outer = load(head[:at] + "".join(_CLOSING[sign] for sign in reversed(opened)))
    except ValueError:
        return False
    return looks(inner) and not build(outer, 0, 0, "")["text"]


def documents(source: TextSource, build: Build, looks: Looks, *, own: Own) -> Iterator[Row]:
    """Yield the rows of a text's objects, outermost first, and framing for what is around them."""
    opening = source.head.lstrip()[:1]
    base = 1 if opening == "[" else _stream_depth(source.head, build, looks)
    scanner = _Scanner(base)
    parts: list[str] = []  # of the object that is open
    size = 0
    opened: int | None = None
    position = 0
    outside = 0  # where the framing that is not yet handed out starts
    for chunk in source.chunks():
        at = 0
        for place, starts in scanner.feed(chunk):
            if starts:
                if position + place > outside:
                    yield framing(outside, position + place)
                opened, parts, size, at = position + place, [], 0, place
            elif opened is not None:
                size += place - at
                if size > source.max_record:
                    yield reject(
                        opened, position + place, "too_large", "a record over the size limit"
                    )
                else:
                    text = "".join([*parts, chunk[at:place]])
                    yield from _object(text, opened, build, looks, own)
                opened, parts, outside = None, [], position + place
        if opened is not None:
            size += len(chunk) - at
            parts = [] if size > source.max_record else [*parts, chunk[at:]]
        position += len(chunk)
    if opened is not None and size > source.max_record:
        yield reject(opened, position, "too_large", "a record over the size limit")
    elif opened is not None:
        text = "".join(parts)
        yield from _salvaged(text, opened, "the object is not closed", build, looks, own)
    elif position > outside:
        yield framing(outside, position)


def _object(text: str, start: int, build: Build, looks: Looks, own: Own) -> Iterator[Row]:
    try:
        value = load(text)
    except ValueError as error:
        yield from _salvaged(text, start, f"not JSON: {error}"[:300], build, looks, own)
        return
    yield from rows_of(text, value, start, build, looks, own)


def _salvaged(
    text: str, start: int, problem: str, build: Build, looks: Looks, own: Own
) -> Iterator[Row]:
    """Yield the records in a text that a broken one starts, with a reject for that one.

    A lost quotation mark or bracket makes all behind it one object. Records of a list start with
    the same name: where it comes again behind a comma, bracket or line end, there is the next.
    """
    first = _FIRST_NAME.match(text)
    begins = [0]
    if first is not None:
        name = re.escape(first[1])
        again = re.compile(rf'(?<=[,\[\n}} ])\{{\s{{0,1000}}"{name}"\s{{0,20}}:')
        begins += [found.start() for found in again.finditer(text, first.end())]
    for begin, stop in zip(begins, [*begins[1:], len(text)], strict=True):
        part = text[begin:stop]
        end = next((place for place, starts in _Scanner(0).feed(part) if not starts), None)
        value = None
        if end is not None:
            try:
                value = load(part[:end])
            except ValueError as error:
                problem = f"not JSON: {error}"[:300]
        if end is None or not isinstance(value, Mapping):
            yield reject(start + begin, start + stop, "bad_record", problem, part[:500])
        elif _FRAMING.fullmatch(part, end):
            yield from rows_of(part[:end], value, start + begin, build, looks, own)
            if begin + end < stop:
                yield framing(start + begin + end, start + stop)
        else:
            yield from rows_of(part[:end], value, start + begin, build, looks, own)
            yield reject(
                start + begin + end, start + stop, "bad_record", problem, part[end : end + 500]
            )


def kinds(table: Aliases | None) -> tuple[Build, Looks, Own]:
    """Return how objects become rows where nothing but their fields' names is known."""
    table = aliases() if table is None else table

    def build(value: Value, start: int, end: int, excerpt: str) -> Row:
        return article(value, start, end, excerpt, table)

    def looks(value: Value) -> bool:
        return looks_like_article(value, table)

    def own(value: Value, row: Row) -> bool:
        there = row["kind"] == "record" and row["text"]
        return bool(there) and "body" in known_columns(names_of(value), table)

    return build, looks, own


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an object; brackets and commas belong to the record beside.

    An object that is no article itself is looked through for objects that are (`nested`).
    """
    build, looks, own = kinds(source.aliases)
    found = documents(source, build, looks, own=own)
    yield from tile(row for row in found if row["char_end"] > row["char_start"])


register(
    Reader(
        "json",
        sniff,
        read,
        about="JSON: an object, an array of objects, or an object with some inside",
    )
)
