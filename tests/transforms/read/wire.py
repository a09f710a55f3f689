"""What the tests of the IPTC's formats share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from transforms.read import open_source
from transforms.read.registry import Reader, choose
from transforms.read.text import TextSource
from transforms.read.verify import Verifier
from transforms.segment import segment

Row = dict[str, Any]

WORDS = st.text(
    st.characters(
        codec="utf-8", categories=["Lu", "Ll", "Nd"], exclude_characters="ÂÃâÐÑ"
    ),  # what those start may be mojibake, which is mended
    min_size=1,
    max_size=12,
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
"""Lines without anything that a reader might take for furniture but words."""


class Trickle(TextSource):
    """A source whose chunks are a few characters long."""

    def chunks(self) -> Iterator[str]:
        text = "".join(super().chunks())
        self._done = False
        for at in range(0, len(text), 11):
            self._done = at + 11 >= len(text)
            yield text[at : at + 11]
        self._done = True


def rows(
    reader: str, text: str, limit: int = 1 << 20, kind: type[TextSource] = TextSource
) -> list[Row]:
    """Return what a reader makes of a text, and fail unless its spans tile it."""
    from transforms.read.registry import readers

    source = kind(io.BytesIO(text.encode()).read, "utf-8", "f", max_record=limit)
    found = list(readers()[reader].read(source))
    at = 0
    for row in found:
        assert row["char_start"] >= at
        assert not text[at : row["char_start"]].strip()
        assert row["char_end"] > row["char_start"]
        at = row["char_end"]
    assert not text[at:].strip()
    return found


def chosen(head: str, name: str = "dump.xml") -> str | None:
    """Return the name of the reader that a text is given to."""
    reader: Reader | None = choose(head, name)
    return reader.name if reader is not None else None


def reasons(found: list[Row]) -> list[str | None]:
    return [row.get("reason") for row in found]


def paragraphs(lines: list[str], name: str = "p") -> str:
    return "".join(f"<{name}>{escape(line)}</{name}>\n" for line in lines)


def sample(path: Path) -> tuple[str, list[Row], list[Row]]:
    """Read a real dump: its format, articles and rejects, with every article cut out again."""
    [dump] = open_source(path)
    verifier = Verifier(dump)
    articles: list[Row] = []
    rejects: list[Row] = []
    for some, others in segment(dump.pieces(), dump_path=dump.path):
        assert not list(verifier.batch(some, others))
        articles += some.to_dicts()
        rejects += others.to_dicts()
    assert not list(verifier.finish())
    return dump.format, articles, rejects
