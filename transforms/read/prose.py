"""Hard-wrapped lines back to paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MAX_WIDTH = 132
_MIN_LINES = 6
_RAGGED = 0.7


def wrap_width(lengths: Sequence[int]) -> int | None:
    """Return the column at which lines were wrapped, or None where they were not.

    `lengths` are of lines that are not blank, without trailing blanks. Wrapped text has no line
    beyond its column and a good third of its lines close before it.
    """
    if len(lengths) < _MIN_LINES:
        return None
    ordered = sorted(lengths)
    width = ordered[min(len(ordered) - 1, int(0.98 * len(ordered)))]
    if width > MAX_WIDTH or width < 30:
        return None
    near = sum(1 for length in lengths if length > 0.8 * width)
    return max(width, ordered[-1]) if near >= 0.33 * len(lengths) else None


def indent_width(lines: Sequence[tuple[str, int]]) -> int | None:
    """Return the wrap column of text whose paragraphs all start with an indent, or None.

    `lines` are (text, blank lines before it). It serves dumps too small for `wrap_width`: lines
    without an indent that follow an indented one directly can only be its continuation.
    """
    longest = max((len(line.rstrip()) for line, _ in lines), default=0)
    if not 40 <= longest <= MAX_WIDTH:
        return None
    hanging = sum(
        1
        for (above, _), (line, blanks) in pairwise(lines)
        if not blanks and above[:2] == "  " and not line[:1].isspace() and len(above) > 40
    )
    flush = sum(
        1
        for (above, _), (line, blanks) in pairwise(lines)
        if not blanks and not above[:1].isspace() and line[:1].isspace()
    )
    return longest if hanging and hanging > flush else None


def continues(line: str, following: str, width: int) -> bool:
    """Say whether `following` was part of the same paragraph as `line` before wrapping.

    It was where its first word would not have fitted at the end of `line`, and it is not indented
    more than `line`.
    """
    body = following.lstrip()
    if not body:
        return False
    indent = len(following) - len(body)
    if indent > len(line) - len(line.lstrip()) and indent >= 2:
        return False
    first = body.split(None, 1)[0]
    return len(line.rstrip()) + 1 + len(first) > width


def paragraphs(lines: Sequence[str], width: int | None) -> list[str]:
    """Join `lines` (without line ends) into paragraphs; blank lines always part them.

    With `width` None every line is a paragraph.
    """
    out: list[list[str]] = []  # joined at the end: a paragraph may have very many lines
    previous: str | None = None
    for line in lines:
        text = " ".join(line.split())
        if not text:
            previous = None
            continue
        if previous is not None and width is not None and continues(previous, line, width):
            out[-1].append(text)
        else:
            out.append([text])
        previous = line
    return [" ".join(parts) for parts in out]


def indented_paragraphs(lines: Sequence[str], indent: int = 3) -> list[str]:
    """Join `lines` into paragraphs that start with an indent or behind a blank line."""
    out: list[list[str]] = []
    fresh = True
    for line in lines:
        text = " ".join(line.split())
        if not text:
            fresh = True
            continue
        if fresh or len(line) - len(line.lstrip()) >= indent:
            out.append([text])
        else:
            out[-1].append(text)
        fresh = False
    return [" ".join(parts) for parts in out]


def is_blocked(lines: Sequence[tuple[str, int]], width: int | None) -> bool:
    """Say whether wrapped paragraphs are parted by blank lines or indents throughout.

    `lines` are (text, blank lines before it). Then lines that end well before the column are
    ragged wrapping, no ends of paragraphs.
    """
    if width is None:
        return False
    inner = short = parted = 0
    for (above, _), (line, blanks) in pairwise(lines):
        if blanks or _indented(line, above):
            parted += 1
            continue
        inner += 1
        short += len(above.rstrip()) < _RAGGED * width and not continues(above, line, width)
    return parted > 0 and inner > 0 and short <= 0.06 * inner


def _indented(line: str, above: str) -> bool:
    indent = len(line) - len(line.lstrip())
    return indent >= 2 and indent > len(above) - len(above.lstrip())


def block_paragraphs(lines: Sequence[tuple[str, int]], width: int) -> list[str]:
    """Join `lines` (text, blank lines before it) into paragraphs parted by blanks or indents.

    A line that ends long before the column ends a paragraph too: it may be a sub-heading.
    """
    out: list[list[str]] = []
    above = ""
    for line, blanks in lines:
        text = " ".join(line.split())
        full = len(above.rstrip()) >= _RAGGED * width or continues(above, line, width)
        if out and not blanks and full and not _indented(line, above):
            out[-1].append(text)
        else:
            out.append([text])
        above = line
    return [" ".join(parts) for parts in out]
