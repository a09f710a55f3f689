"""The lines of a document that is still open, for readers that cut a text at its lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class DocumentLine:
    """A line without its end; `end` is behind its last character that is not blank."""

    start: int
    end: int
    text: str


class OpenDocument:
    """Gathers lines up to `limit` characters; beyond, only the span of what is lost is kept."""

    def __init__(self, limit: int) -> None:
        self.lines: list[DocumentLine] = []
        self._limit = limit
        self._size = 0
        self._lost: tuple[int, int] | None = None

    def add(self, line: DocumentLine) -> None:
        """Take the next line."""
        self._size += len(line.text) + 1
        if self._lost is not None or self._size > self._limit:
            self.lose(line.start, line.end)
        else:
            self.lines.append(line)

    def lose(self, start: int, end: int) -> None:
        """Give the document's lines up for what ends at `end`, a line over the limit itself."""
        if self._lost is not None:
            start = self._lost[0]
        else:
            inked = (line.start for line in self.lines if line.end > line.start)
            start = next(inked, start)
        self._lost = (start, end)
        self.lines = []

    def take(self) -> tuple[list[DocumentLine], tuple[int, int] | None]:
        """Return the lines and the span of what is lost, None where nothing is; begin anew."""
        lines, lost = self.lines, self._lost
        self.lines, self._lost, self._size = [], None, 0
        return lines, lost
