"""JSON lines: one object a line, fields named as in `aliases.toml`, or with such objects inside."""

from __future__ import annotations

from collections.abc import Iterator

from transforms.read.fields import known_columns
from transforms.read.json_documents import Build, Looks, Own, kinds, load, rows_of
from transforms.read.pieces import Row, framing, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_BRACKETS = ("[", "]", "],")


def sniff(head: str, name: str) -> float:
    """A line among the first few that holds a whole object with fields that articles have."""
    named = name.endswith((".jsonl", ".ndjson", ".jl", ".jsonlines"))
    lines = [line for line in head[:200_000].splitlines()[:12] if line.strip()]
    if not lines or not lines[0].lstrip().startswith(("{", "[")):
        objects = [line for line in lines if line.lstrip().startswith("{")]
        return 0.6 if named and objects else 0.0
    for line in lines:
        try:
            value = _parse(line)
        except ValueError:
            continue
        if isinstance(value, dict) and (named or known_columns(list(value))):
            return 0.95
    return 0.8 if named else 0.0


def _parse(line: str) -> object:
    return load(line.strip().rstrip(","))


def lines(source: TextSource, build: Build, looks: Looks, *, own: Own) -> Iterator[Row]:
    """Yield the rows of the object on each line, and framing for lone brackets and commas."""
    for line in source.lines():
        if line.text is None:
            yield reject(line.start, line.end, "too_large", "a record over the size limit")
            continue
        text = line.text.strip()
        if not text:
            continue
        start = line.start + len(line.text) - len(line.text.lstrip())
        end = start + len(text)
        if text in _BRACKETS:
            yield framing(start, end)
            continue
        try:
            value = _parse(text)
        except ValueError as error:
            yield reject(start, end, "bad_record", f"not JSON: {error}"[:300], text)
            continue
        if not isinstance(value, dict):
            yield reject(start, end, "bad_record", "not a JSON object", text)
            continue
        whole = text.rstrip(", \t")
        yield from rows_of(whole, value, start, build, looks, own)
        if len(whole) < len(text):
            yield framing(start + len(whole), end)


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a line; a lone bracket belongs to the record beside it."""
    build, looks, own = kinds(source.aliases)
    yield from tile(lines(source, build, looks, own=own))


register(
    Reader(
        "jsonl",
        sniff,
        read,
        about="JSON lines: one record a line, as news-please writes them",
    )
)
