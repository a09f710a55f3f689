"""What the tests of the archives' exports share."""

from __future__ import annotations

import io
from typing import Any

from tests.transforms.read.wire import Trickle
from transforms.read.registry import readers
from transforms.read.text import TextSource

Row = dict[str, Any]


def pieces(
    reader: str, text: str, limit: int = 1 << 20, kind: type[TextSource] = TextSource
) -> list[Row]:
    """Return what a reader makes of a text but counts, and fail unless its spans tile it."""
    return both(reader, text, limit, kind)[0]


def both(
    reader: str, text: str, limit: int = 1 << 20, kind: type[TextSource] = TextSource
) -> tuple[list[Row], list[int]]:
    """Return the pieces of a text and the counts that it declares; fail unless spans tile it."""
    source = kind(io.BytesIO(text.encode()).read, "utf-8", "f", max_record=limit)
    found: list[Row] = []
    counts: list[int] = []
    at = 0
    for row in readers()[reader].read(source):
        if row["kind"] == "declared":
            counts.append(row["count"])
            continue
        assert at <= row["char_start"] <= row["char_end"] <= len(text)
        assert not text[at : row["char_start"]].strip()
        at = row["char_end"]
        found.append(row)
    assert not text[at:].strip()
    return found, counts


def in_small_chunks(reader: str, text: str) -> None:
    """Fail unless a text reads the same however it arrives."""
    assert both(reader, text, kind=Trickle) == both(reader, text)
