"""Reuters-21578 as distributed: SGML files of a thousand stories from Reuters' 1987 wire.

Format: D. D. Lewis, "Reuters-21578 text categorization test collection", README, 1997. The files
are not well-formed: entities stand for control characters, and the one 8-bit byte is Latin-1.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from transforms.read.pieces import Row, framing, record, reject, tile
from transforms.read.prose import indented_paragraphs
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_END = re.compile(r"</REUTERS>")
_START = re.compile(r"<REUTERS\b[^<>]{0,400}>")
_CONTROL = re.compile(r"&#(?:[0-9]|1[0-9]|2[0-9]|3[01]|127);|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SIGN_OFF = re.compile(r"(?:^|\s)(?:reuters?|reut)\.?\s*\Z", re.I)
_NEWID = re.compile(r'NEWID="(\d{1,9})"')
_TYPE = re.compile(r'<TEXT\s+TYPE="([A-Z]{1,20})"')
_FIGURES = re.compile(r"\.{3,}|\s{3,}\S|\d[\d,./-]*\s{2,}\S")
_STARS = re.compile(r"^[\s*]+|[\s*]+$")


def sniff(head: str, name: str) -> float:
    """The document type, or the element that starts every story."""
    return 1.0 if "<!DOCTYPE lewis" in head[:2000] or '<REUTERS TOPICS="' in head[:20_000] else 0.0


def _tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"<{name}>(.*?)</{name}>", re.S)


_TAGS = {name: _tag(name) for name in ("DATE", "TITLE", "DATELINE", "AUTHOR", "BODY")}
_TEXT = re.compile(r"<TEXT\b[^>]{0,60}>(.*?)(?:</TEXT>|\Z)", re.S)


def _clean(text: str) -> str:
    return html.unescape(_CONTROL.sub(" ", text)).replace("\x00", " ")


def _field(name: str, text: str) -> str | None:
    found = _TAGS[name].search(text)
    if found is None:
        return None
    value = _STARS.sub("", " ".join(_clean(found.group(1)).split()))
    return value or None


def _body(text: str) -> str:
    lines = _SIGN_OFF.sub("", _clean(text).rstrip()).splitlines()
    tabular = sum(1 for line in lines if _FIGURES.search(line.strip()))
    if lines and tabular > 0.5 * len(lines):  # a table: its lines are its paragraphs
        return "\n".join(stripped for line in lines if (stripped := line.strip()))
    return "\n".join(indented_paragraphs(lines))


def _story(text: str, start: int, end: int) -> Row:
    found = _TEXT.search(text)
    if found is None:
        return reject(start, end, "bad_record", "a story without TEXT", text[:500])
    content = found.group(1)
    kind = _TYPE.search(text)
    newid = _NEWID.search(text)
    title = _field("TITLE", content)
    dateline = _field("DATELINE", content)
    byline = _field("AUTHOR", content)
    raw = _TAGS["BODY"].search(content)
    if raw is not None:
        body = _body(raw.group(1))
    elif kind is not None and kind.group(1) == "UNPROC":
        lines = [line for line in _clean(content).splitlines() if line.strip()]
        # Unprocessed stories are mostly tables under a headline in capitals.
        if title is None and lines and lines[0].strip().isupper() and len(lines) > 1:
            title = " ".join(lines[0].split())
            lines = lines[1:]
        body = _body("\n".join(lines))
    else:
        body = ""
    if title is None and not body.strip():
        return reject(start, end, "no_text", "neither headline nor body", text[:500])
    return record(
        start,
        end,
        body,
        title=title,
        byline=byline,
        dateline=dateline.strip(" -") or None if dateline else None,
        source="Reuters",
        external_id=newid.group(1) if newid else None,
        date_text=_field("DATE", text),
    )


def _rows(source: TextSource) -> Iterator[Row]:
    buffer = ""
    offset = 0
    for chunk in source.chunks():
        overlap = max(len(buffer) - 9, 0)
        buffer += chunk
        at = 0
        for end in _END.finditer(buffer, overlap):
            yield from _split(buffer[at : end.end()], offset + at)
            at = end.end()
        if at:
            # A story that began before this chunk may have ended with the first match.
            buffer, offset = buffer[at:], offset + at
        if len(buffer) > source.max_record:
            stop = offset + len(buffer)
            yield reject(offset, stop, "too_large", "a story over the size limit", buffer[:500])
            buffer, offset = "", stop
    if buffer.strip():
        if _START.search(buffer):
            yield from _split(buffer, offset)
        else:
            yield framing(offset, offset + len(buffer.rstrip()))


def _split(text: str, offset: int) -> Iterator[Row]:
    """One story, or more where the end of one was lost before the next starts."""
    starts = [match.start() for match in _START.finditer(text)]
    if not starts:
        yield reject(offset, offset + len(text), "bad_record", "an end without a story", text)
        return
    if text[: starts[0]].strip():
        yield framing(offset, offset + starts[0])
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        yield _story(text[start:stop], offset + start, offset + stop)


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record a story; the prolog belongs to the first."""
    yield from tile(_rows(source))


register(Reader("reuters-sgml", sniff, read, about="Reuters-21578 as distributed"))
