"""JSON documents: one object, an array of objects, or an object that holds such an array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from transforms.read.fields import Aliases, article
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_START = re.compile(r'\s{0,1000}(?:\[\s{0,1000})?\{\s{0,1000}"[^"\n]{1,200}"\s{0,20}:')
_STRUCTURE = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'["\\]')
_MOST_NESTED = 100_000


def sniff(head: str, name: str) -> float:
    """An object or an array of objects; JSON lines, which are surer of themselves, go first."""
    return 0.85 if _START.match(head) else 0.0


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


def _load(text: str) -> Any:
    try:
        return orjson.loads(text.encode("utf-8", "surrogatepass"))
    except orjson.JSONDecodeError:
        try:
            return json.loads(text, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _object(text: str, start: int, table: Aliases | None) -> Iterator[Row]:
    """One record; or the records of an array that the object holds, if it is none itself."""
    end = start + len(text)
    try:
        value = _load(text)
    except ValueError as error:
        yield reject(start, end, "bad_record", f"not JSON: {error}"[:300], text[:500])
        return
    row = article(value, start, end, text[:500], table)
    lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
    if row["kind"] == "record" or not lists:
        yield row
        return
    held: list[Row] = []
    scanner = _Scanner(base=2)
    opened: int | None = None
    for position, starts in scanner.feed(text):
        if starts:
            opened = position
        elif opened is not None and len(held) < _MOST_NESTED:
            part = text[opened:position]
            held.append(article(_load(part), start + opened, start + position, part[:500], table))
            opened = None
    if not any(inner["kind"] == "record" for inner in held):
        yield row
        return
    for inner, stop in zip(held, [*(inner["char_start"] for inner in held[1:]), end], strict=True):
        inner["char_end"] = stop
    held[0]["char_start"] = start
    yield from held


def _rows(source: TextSource) -> Iterator[Row]:
    opening = source.head.lstrip()[:1]
    scanner = _Scanner(base=1 if opening == "[" else 0)
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
                    yield from _object(text, opened, source.aliases)
                opened, parts, outside = None, [], position + place
        if opened is not None:
            size += len(chunk) - at
            parts = [] if size > source.max_record else [*parts, chunk[at:]]
        position += len(chunk)
    if opened is not None:
        text = "".join(parts)
        yield reject(opened, position, "bad_record", "the object is not closed", text[:500])
    elif position > outside:
        yield framing(outside, position)


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an object; brackets and commas belong to the record beside."""
    yield from tile(row for row in _rows(source) if row["char_end"] > row["char_start"])


register(
    Reader(
        "json",
        sniff,
        read,
        about="JSON: an object, an array of objects, or an object with one",
    )
)
