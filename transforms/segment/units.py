"""Lines of a text and the units (unwrapped lines) that are judged as possible headlines."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from transforms.read.prose import continues, indent_width, wrap_width
from transforms.read.text import is_broken, repair

_LINE = re.compile(r"[^\r\n]+")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’»)\]]{0,3}\s*\Z")
_OPENER = re.compile(r"[\"'“‘«(\[—–-]{0,3}[A-Z0-9À-Þ]")


class Line(NamedTuple):
    """A line that is not blank. `start:end` is its span in the text, without its line end."""

    start: int
    end: int
    text: str
    blanks: int
    """How many blank lines stand before it."""


class Unit(NamedTuple):
    """One line, or the lines that hard wrapping made of one. Offsets are those of the text."""

    start: int
    end: int
    text: str
    blanks: int
    indent: int
    lines: int


def one_spaced(text: str) -> str:
    """Return `text` with one space for all blanks beside each other, and none at its ends.

    Most lines are so already; a printable text has no blanks but spaces.
    """
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text
    return " ".join(text.split())


def split_lines(text: str) -> list[Line]:
    r"""Return the lines of `text` that are not blank; `\r\n`, `\n` and `\r` end a line."""
    out: list[Line] = []
    previous = 0
    broken = is_broken(text)
    for match in _LINE.finditer(text):
        raw = match.group()
        if raw.isspace():
            continue
        start, end = match.span()
        if start - previous == 1 and previous:
            blanks = 0
        else:
            gap = text[previous:start]
            ends = gap.count("\n") + gap.count("\r") - gap.count("\r\n")
            blanks = max(ends - 1, 0) if previous else ends
        out.append(Line(start, end, repair(raw) if broken else raw, blanks))
        previous = end
    return out


def width_of(lines: list[Line]) -> int | None:
    """Return the column at which the dump's lines were wrapped, or None where they were not."""
    width = wrap_width([len(line.text.rstrip()) for line in lines])
    if width is not None and not _runs_on(lines, width):
        return None
    return width or indent_width([(line.text, line.blanks) for line in lines])


def _runs_on(lines: list[Line], width: int) -> bool:
    """Say whether full lines run on into the next: a good part of those start in lower case.

    Short paragraphs of like length look as if they were wrapped, but each starts a sentence.
    Text in capitals cannot tell.
    """
    following = [
        line.text.lstrip()[:1]
        for above, line in pairwise(lines)
        if not line.blanks and len(above.text.rstrip()) > 0.8 * width
    ]
    if sum(line.text.isupper() for line in lines) > 0.5 * len(lines):
        return True
    return sum(map(str.islower, following)) >= 0.2 * len(following)


def units_of(lines: list[Line], width: int | None) -> list[Unit]:
    """Group `lines` into units: one a line, or the lines of a wrapped paragraph.

    Where a full line ends a sentence, a new unit starts, for a headline may stand there.
    """
    if width is None:
        return [
            Unit(
                line.start,
                line.end,
                one_spaced(line.text),
                line.blanks,
                len(line.text) - len(line.text.lstrip()),
                1,
            )
            for line in lines
        ]
    out: list[Unit] = []
    group: list[Line] = []

    def close() -> None:
        if group:
            text = " ".join(one_spaced(line.text) for line in group)
            first = group[0]
            indent = len(first.text) - len(first.text.lstrip())
            out.append(Unit(first.start, group[-1].end, text, first.blanks, indent, len(group)))

    for line in lines:
        joined = (
            bool(group)
            and not line.blanks
            and continues(group[-1].text, line.text, width)
            and not (
                _TERMINAL.search(group[-1].text[-8:]) and _OPENER.match(line.text.lstrip()[:5])
            )
        )
        if not joined:
            close()
            group = []
        group.append(line)
    close()
    return out
