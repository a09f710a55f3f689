"""Rows of `Pieces` and how they become validated batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from transforms.schemas import Pieces, frame

Row = dict[str, Any]

NOTHING: Row = dict.fromkeys(Pieces.column_names())
"""A row of `Pieces` without any value."""
BATCH_ROWS = 2000
BATCH_CHARS = 8_000_000


def record(start: int, end: int, text: str, **fields: str | None) -> Row:
    """A row for one article; `fields` are columns of `Pieces` (`title`, `url` …)."""
    return {"kind": "record", "char_start": start, "char_end": end, "text": text, **fields}


def run(start: int, text: str) -> Row:
    """A row for a run of plain text that is still to be segmented."""
    return {"kind": "text", "char_start": start, "char_end": start + len(text), "text": text}


def reject(start: int, end: int, reason: str, detail: str, excerpt: str = "") -> Row:
    """A row for what cannot be used; `reason` is one of `transforms.schemas.REASONS`."""
    return {
        "kind": "reject",
        "char_start": start,
        "char_end": end,
        "text": excerpt[:500],
        "reason": reason,
        "detail": detail,
    }


def declared(count: int, words: str) -> Row:
    """A row that is no piece: the dump says itself that it holds `count` articles.

    `words` quote how it says so (`"10 DOCUMENTS"`). `source` compares it with what was read; a
    difference is a warning that names the dump. Several add up.
    """
    return {"kind": "declared", "count": count, "text": words[:80]}


def remark(sentence: str) -> Row:
    """A row that is no piece: a sentence for an operator, which becomes a warning of the dump."""
    return {"kind": "remark", "text": sentence}


def batches(rows: Iterable[Row]) -> Iterator[pl.DataFrame]:
    """Group rows into validated frames of at most 2,000 rows or about 8 million characters."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row["text"])
        if len(batch) >= BATCH_ROWS or size >= BATCH_CHARS:
            yield _framed(batch)
            batch, size = [], 0
    if batch:
        yield _framed(batch)


def _framed(batch: list[Row]) -> pl.DataFrame:
    try:
        return frame(Pieces, batch)
    except UnicodeEncodeError:  # half of a surrogate pair: JSON may escape one, no text can hold it
        return frame(
            Pieces, [{name: _whole(value) for name, value in row.items()} for row in batch]
        )


def _whole(value: Any) -> Any:
    """Join halves of surrogate pairs, and put the replacement character for a lone one."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def tile(rows: Iterable[Row]) -> Iterator[Row]:
    """Let the spans of structured records tile the dump.

    A row of kind `framing` (a header row, a prolog, a lone bracket) is no piece: its characters
    join the record behind it, or the last record where none follows. Where a dump is framing
    alone, it becomes one `no_text` reject.
    """
    pending: Row | None = None
    held: Row | None = None
    for row in rows:
        if row["kind"] in ("declared", "remark"):
            yield row
            continue
        if row["kind"] == "framing":
            if pending is None:
                pending = row
            else:
                pending["char_end"] = row["char_end"]
            continue
        if held is not None:
            yield held
        held = row
        if pending is not None:
            held["char_start"] = pending["char_start"]
            pending = None
    if held is not None:
        if pending is not None:
            held["char_end"] = pending["char_end"]
        yield held
    elif pending is not None:
        yield reject(pending["char_start"], pending["char_end"], "no_text", "no record in the dump")


def framing(start: int, end: int) -> Row:
    """A row that `tile` gives to its neighbour."""
    return {"kind": "framing", "char_start": start, "char_end": end, "text": ""}
