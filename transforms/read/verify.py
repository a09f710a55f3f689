"""Cutting articles out of their dump again, to show that every span leads back to its story.

The dump is decoded a second time, independently of its reader, and every span is cut from it. An
article holds if its headline, byline and each paragraph of its body stand in its span, or in what
the dump's container says of it: letters and digits only are compared, after undoing the escapes and
mark-up of the format. Between the spans there may be nothing but blanks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl

from transforms.read import markup
from transforms.read.registry import BinaryReader, Reader, named
from transforms.read.source import Dump
from transforms.read.text import repair

_INK = re.compile(r"[^\W_]+")
_FIELDS = ("title", "byline", "dateline")


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not hold. `char_start:char_end` is the span, in the dump's unit."""

    dump: str
    char_start: int
    char_end: int
    what: str


class Verifier:
    """Verifies one dump in step with its reading: give it every batch that comes out.

    `checked` counts the articles that were cut out again.
    """

    def __init__(self, dump: Dump) -> None:
        self._dump = dump
        self._end = 0
        self._cutter = _Cutter(dump.text())
        self._again = dump.again() if dump.unit != "characters" else None
        self.checked = 0

    def batch(self, articles: pl.DataFrame, rejects: pl.DataFrame) -> Iterator[Difference]:
        """Yield what differs in a batch of `Articles` and `Rejects`, in the order of the dump."""
        if self._dump.failure is not None:
            return
        columns = ["char_start", "char_end"]
        rows = chain(
            articles.select(*columns, *_FIELDS, "body").iter_rows(named=True),
            rejects.select(columns).iter_rows(named=True),
        )
        for row in sorted(rows, key=lambda row: (row["char_start"], row["char_end"])):
            yield from self._row(row)

    def finish(self) -> Iterator[Difference]:
        """Yield what is left of the dump behind its last article or reject, if it is not blank."""
        if self._dump.failure is None and self._dump.unit == "characters":
            rest = self._cutter.rest(self._end)
            if rest is not None:
                start = self._end
                yield self._difference(start, start + len(rest), f"lost text: {rest[:80]!r}")

    def _difference(self, start: int, end: int, what: str) -> Difference:
        return Difference(self._dump.path, start, end, what)

    def _row(self, row: dict[str, Any]) -> Iterator[Difference]:
        start, end = row["char_start"], row["char_end"]
        if start < self._end:
            yield self._difference(start, end, f"overlaps what ends at {self._end}")
            return
        if self._again is not None:
            self._end = end
            if "body" in row:
                yield from self._record_again(row)
            return
        between = self._cutter.cut(self._end, start)
        if between.strip():
            yield self._difference(self._end, start, f"lost text: {between.strip()[:80]!r}")
        span = self._cutter.cut(start, end)
        self._end = end
        if len(span) != end - start:
            yield self._difference(start, end, "the span ends behind the end of the dump")
        elif "body" in row:
            self.checked += 1
            yield from self._compare(row, [span, *self._dump.context.values()])

    def _compare(self, row: dict[str, Any], texts: list[str]) -> Iterator[Difference]:
        views = _Views(texts, self._dump.format)
        wanted = [(name, row[name]) for name in _FIELDS if row[name]]
        wanted += [("body", line) for line in row["body"].split("\n")]
        for name, text in wanted:
            if not views.hold(text):
                what = f"its {name} is not in its span: {text[:80]!r}"
                yield self._difference(row["char_start"], row["char_end"], what)
                return

    def _record_again(self, row: dict[str, Any]) -> Iterator[Difference]:
        """Read the record at the same place once more: its fields must be there."""
        assert self._again is not None
        for again in self._again:
            if again["char_start"] >= row["char_start"]:
                break
        else:
            again = {}
        if (again.get("char_start"), again.get("char_end")) != (row["char_start"], row["char_end"]):
            yield self._difference(row["char_start"], row["char_end"], "no record is there now")
            return
        self.checked += 1
        yield from self._compare(row, [str(again.get(n) or "") for n in ("text", *_FIELDS)])


class _Cutter:
    """Cuts spans from a text that comes in chunks; spans must be asked for in order."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._buffer = ""
        self._offset = 0

    def cut(self, start: int, end: int) -> str:
        """Return the characters `start:end`, fewer at the end of the text; forget those before."""
        while self._offset + len(self._buffer) < end:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            drop = min(max(start - self._offset, 0), len(self._buffer))
            self._buffer = self._buffer[drop:] + chunk
            self._offset += drop
        return self._buffer[max(start - self._offset, 0) : max(end - self._offset, 0)]

    def rest(self, start: int) -> str | None:
        """Return some of what is not blank behind `start`, or None where nothing is."""
        found = self.cut(start, start + (1 << 20))
        position = start
        while found:
            if found.strip():
                return found.strip()
            position += len(found)
            found = self.cut(position, position + (1 << 20))
        return None


class _Views:
    """A span as its words may stand in it: escaped, marked up, mis-encoded."""

    def __init__(self, texts: list[str], format: str) -> None:
        self._texts = texts
        self._format = format
        self._squeezed: list[str] = []
        self._makers = iter((self._by_reader, self._raw, self._marked_up, self._scripted))

    def _by_reader(self, text: str) -> str:
        try:
            kind = named(self._format)
        except KeyError:
            return text
        return kind.plain(text) if isinstance(kind, Reader) else text

    def _raw(self, text: str) -> str:
        return html.unescape(text)

    def _marked_up(self, text: str) -> str:
        return markup.plain(self._by_reader(text))

    def _scripted(self, text: str) -> str:
        return markup.plain(html.unescape(unescape_json(text)))

    def hold(self, text: str) -> bool:
        """Say whether `text` stands in one of the views."""
        wanted = squeeze(text)
        if not wanted or any(wanted in view for view in self._squeezed):
            return True
        for maker in self._makers:
            view = squeeze(" ".join(repair(maker(text)) for text in self._texts))
            self._squeezed.append(view)
            if wanted in view:
                return True
        return False


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|(.))", re.S)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}


def unescape_json(text: str) -> str:
    r"""Undo the escapes of JSON strings (`\n`, `\u00e9`, surrogate pairs) wherever they stand."""

    def character(match: re.Match[str]) -> str:
        if match[1] is None:
            return _LETTERS.get(match[3], match[3])
        high = int(match[1], 16)
        if match[2] is None:
            return chr(high)
        low = int(match[2], 16)
        if 0xD800 <= high < 0xDC00:
            return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        return chr(high) + chr(low)

    return _ESCAPE.sub(character, text)


def squeeze(text: str) -> str:
    """Return the letters and digits of `text`, case folded."""
    return "".join(_INK.findall(text)).casefold()


def is_binary(format: str) -> bool:
    """Say whether offsets of dumps of `format` count something other than characters."""
    try:
        return isinstance(named(format), BinaryReader)
    except KeyError:
        return False
