"""WARC and WET: crawled pages as crawlers archive them (ISO 28500).

The records are framed here, so that every one has its exact bytes and a broken one costs none of
its neighbours; what a record holds (HTTP, chunks, compression) is parsed by FastWARC. The date of
the crawl is no date of publication and is never taken for one.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from transforms.read.html_metadata import domain
from transforms.read.html_page import page_record, sniff_page
from transforms.read.pieces import Row, framing, record, reject, tile
from transforms.read.prose import paragraphs, wrap_width
from transforms.read.registry import BinaryReader, register
from transforms.read.text import BinarySource, EncodingSurvey, looks_binary, repair

_VERSION = re.compile(rb"WARC/[01]\.\d{1,3}[ \t]{0,8}\r?\n")
_NEXT = re.compile(rb"\n(?=WARC/[01]\.\d{1,3}[ \t]{0,8}\r?\n)")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"\ncontent-length[ \t]{0,8}:[ \t]{0,8}(\d{1,15})[ \t]{0,8}(?=\r?\n)", re.I)
_TYPE = re.compile(rb"\nwarc-type[ \t]{0,8}:[ \t]{0,8}([a-z]{1,20})", re.I)
_HEADER_BYTES = 1 << 16
_CHUNK = 1 << 20
_NEAR = 4096  # what is looked for is mostly near; so much of what was read last is used again
_MOST_BLANKS = 4096
_BLANKS = b" \t\r\n\x00"
_FRAMES = frozenset(["warcinfo", "request", "metadata", "revisit"])
_PAGES = frozenset(["text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"])
_TEXTS = frozenset(["text/plain"])
_DECODINGS = ("all", "content", "transfer", "none")


def sniff(head: bytes, name: str) -> float:
    """The version line that opens every record."""
    if _VERSION.match(head.lstrip(_BLANKS)[:40]):
        return 0.99
    named = name.endswith((".warc", ".wet"))
    return 0.9 if named and _NEXT.search(head) else 0.0


def read(source: BinarySource) -> Iterator[Row]:
    """Yield one record or reject a page; positions count bytes. Requests and notes are framing."""
    yield from tile(_rows(source))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a record stands: `start:end` in the file; its header ends at `body`."""

    start: int
    body: int
    end: int
    kind: str
    problem: str | None = None


def _rows(source: BinarySource) -> Iterator[Row]:
    file = _Bytes(source.file)
    for frame in _frames(file):
        if frame.problem is not None:
            excerpt = file.at(frame.start, 500).decode("utf-8", "replace")
            yield reject(frame.start, frame.end, "bad_record", frame.problem, excerpt)
        elif frame.kind in _FRAMES:
            yield framing(frame.start, frame.end)
        elif frame.end - frame.start > source.max_record:
            yield reject(frame.start, frame.end, "too_large", "a record over the size limit")
        else:
            data = file.at(frame.start, frame.end - frame.start)
            yield _record(data, frame, source.max_record)


class _Bytes:
    """A seekable file by position; what was read last is kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._start = 0
        self._data = b""

    def at(self, start: int, size: int) -> bytes:
        """Return up to `size` bytes from `start`."""
        skip = start - self._start
        if skip < 0 or skip + size > len(self._data):
            self._file.seek(start)
            parts: list[bytes] = []
            wanted = max(size, _CHUNK)
            while wanted > 0 and (part := self._file.read(wanted)):
                parts.append(part)
                wanted -= len(part)
            self._start, self._data, skip = start, b"".join(parts), 0
        return self._data[skip : skip + size]

    def find(self, pattern: re.Pattern[bytes], start: int) -> int | None:
        """Return where a match of `pattern` (64 bytes at most) ends at or behind `start`."""
        size = _NEAR
        while data := self.at(start, size):
            found = pattern.search(data)
            if found is not None and (found.end() < len(data) - 64 or len(data) < size):
                return start + found.end()
            if len(data) < size:
                return None
            start += len(data) - 64
            size = _CHUNK
        return None

    def ink(self, start: int) -> int | None:
        """Return the first position from `start` that is not blank, None at the end."""
        size = _NEAR
        while data := self.at(start, size):
            rest = data.lstrip(_BLANKS)
            if rest:
                return start + len(data) - len(rest)
            start += len(data)
            size = _CHUNK
        return None

    def inked(self, start: int, stop: int) -> int:
        """Return where the blanks before `stop` begin, `start` at the earliest."""
        while stop > start:
            low = max(start, stop - 4096)
            data = self.at(low, stop - low)
            kept = data.rstrip(_BLANKS)
            if kept:
                return low + len(kept)
            stop = low
        return start


def _frames(file: _Bytes) -> Iterator[_Frame]:
    """Cut a file into records and what is none; only blanks are left between them."""
    at = file.ink(0)
    while at is not None:
        head = file.at(at, _HEADER_BYTES)
        if not _VERSION.match(head):
            stop = _resume(file, at + 1)
            yield _Frame(at, at, stop, "", "no WARC record")
            at = file.ink(stop)
            continue
        following = _NEXT.search(head, 1)
        closing = _HEADER_END.search(head, 0, following.end() if following else len(head))
        if closing is None:
            stop = _resume(file, at + 1)
            yield _Frame(at, at, stop, "", "a header without an end")
            at = file.ink(stop)
            continue
        header = head[: closing.end()]
        body = at + closing.end()
        length = _LENGTH.search(header)
        kind = _TYPE.search(header)
        if length is None or kind is None:
            stop = _resume(file, body)
            yield _Frame(at, body, stop, "", "a header without length or type")
            at = file.ink(stop)
            continue
        end = body + int(length[1])
        problem = None
        behind = file.at(end, _MOST_BLANKS)
        if not behind and end > body and not file.at(end - 1, 1):
            problem = "a record that is cut off"
        elif (ink := behind.lstrip(_BLANKS)) and not (
            _VERSION.match(ink[:40]) or behind.startswith(b"\r\n\r\n")
        ):
            problem = "a length that does not lead to the next record"
        stop = end
        if problem is not None:
            stop = _resume(file, body)
            end = file.inked(body, stop)
        yield _Frame(at, body, end, kind[1].decode().lower(), problem)
        at = file.ink(stop)


def _resume(file: _Bytes, start: int) -> int:
    """Return where the next record begins at or behind `start`, the end of the ink without one."""
    found = file.find(_NEXT, max(start - 1, 0))
    if found is not None and found >= start:
        return found
    at, last = start, start
    while data := file.at(at, _CHUNK):
        kept = data.rstrip(_BLANKS)
        last = at + len(kept) if kept else last
        at += len(data)
    return last


def _record(data: bytes, frame: _Frame, limit: int) -> Row:
    """Parse one record: the page or text in it, or why there is none."""
    start, end = frame.start, frame.end

    def no(reason: str, detail: str) -> Row:
        return reject(start, end, reason, detail[:300], data[:500].decode("utf-8", "replace"))

    try:
        parsed = _parsed(data, limit)
    except (OSError, ValueError, EOFError, RuntimeError, zlib.error) as error:
        return no("bad_record", f"{type(error).__name__}: {error}")
    if parsed is None:
        return no("bad_record", "a record without content")
    if len(parsed.payload) > limit:
        return no("too_large", "a page over the size limit, once unpacked")
    if parsed.status is not None and not 200 <= parsed.status < 300:
        return no("not_article", f"the server answered {parsed.status}")
    media = parsed.media
    if frame.kind == "response" and parsed.status is None and not parsed.payload:
        return no("bad_record", "a response without HTTP")
    if not parsed.payload.strip(_BLANKS):
        return no("no_text", "an empty page")
    if looks_binary(parsed.payload, "utf-8") and not _is_wide(parsed.payload):
        return no("not_article", f"{media or 'data'} that is no text")
    if media in ("", "application/octet-stream", "unknown/unknown"):
        media = "text/html" if sniff_page(parsed.payload[:4096].decode("latin-1")) else media
    if media not in _PAGES and media not in _TEXTS:
        return no("not_article", f"{media or 'a record of unknown content'}, no page")
    survey = EncodingSurvey(parsed.charset)
    survey.feed(parsed.payload)
    text = parsed.payload.decode(survey.encoding(), "replace").lstrip("\ufeff")
    if media in _PAGES:
        row = page_record(text, parsed.url, start, end)
    else:
        row = _plain_text(text, parsed, start, end, is_wet=frame.kind == "conversion")
    if row["kind"] == "record" and not row.get("external_id"):
        row["external_id"] = parsed.record_id
    return row


def _is_wide(payload: bytes) -> bool:
    survey = EncodingSurvey()
    survey.feed(payload[:8192])
    return survey.encoding().startswith(("utf-16", "utf-32"))


@dataclass(frozen=True, slots=True)
class _Parsed:
    payload: bytes
    status: int | None
    media: str
    charset: str | None
    url: str | None
    record_id: str | None
    language: str | None


def _parsed(data: bytes, limit: int) -> _Parsed | None:
    """Let FastWARC parse a record; where a decoding fails, what the header says is not so."""
    problem: Exception | None = None
    for decoding in _DECODINGS:
        try:
            return _with(data, decoding, limit)
        except (OSError, ValueError, EOFError) as error:
            problem = problem or error
    raise ValueError(str(problem))


def _with(data: bytes, decoding: str, limit: int) -> _Parsed | None:
    from fastwarc.warc import ArchiveIterator  # most dumps hold no WARC

    how: Any = decoding
    found: Any = next(iter(ArchiveIterator(BytesIO(data), parse_http=True, auto_decode=how)), None)
    if found is None:
        return None
    payload: bytes = found.reader.read(limit + 1)
    http = found.http_headers if found.is_http else None
    headers = found.headers
    status = http.status_code if http is not None else None
    stated = (http.get("Content-Type") if http is not None else headers.get("Content-Type")) or ""
    media, _, rest = stated.partition(";")
    charset = re.search(r"charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w.:-]{2,40})", rest, re.I)
    if decoding in ("transfer", "none") and http is not None:
        payload = _inflated(payload, (http.get("Content-Encoding") or "").lower(), limit)
    identified = headers.get("WARC-Identified-Payload-Type")
    if identified and media.strip().lower() in ("", "application/octet-stream"):
        media = identified
    language = (headers.get("WARC-Identified-Content-Language") or "").partition(",")[0].strip()
    identity = (headers.get("WARC-Record-ID") or "").strip("<> ").removeprefix("urn:uuid:")
    return _Parsed(
        payload=payload,
        status=status,
        media=media.strip().lower(),
        charset=charset[1] if charset else None,
        url=_flat((headers.get("WARC-Target-URI") or "").strip("<> ")),
        record_id=_flat(identity),
        language=_flat(language),
    )


def _flat(value: str) -> str | None:
    """Return a header's value as one line, None where there is nothing in it."""
    return " ".join(value.replace("\x00", " ").split())[:2000] or None


def _inflated(payload: bytes, encoding: str, limit: int) -> bytes:
    """Undo `deflate` without its wrapper, which many servers send."""
    if encoding != "deflate" or looks_binary(payload, "utf-8") is False:
        return payload
    try:
        return zlib.decompressobj(-15).decompress(payload, limit + 1)
    except zlib.error:
        return payload


def _plain_text(text: str, parsed: _Parsed, start: int, end: int, *, is_wet: bool) -> Row:
    """A page's text as WET holds it (a text node a line), or a page that is plain text."""
    clean = text.replace("\x00", " ")
    lines = [repair(line) for line in re.split(r"\r\n|\r|\n", clean)]
    width = None if is_wet else wrap_width([len(x.rstrip()) for x in lines if x.strip()])
    found = paragraphs(lines, width)
    if not found:
        return reject(start, end, "no_text", "an empty page")
    title = None
    if len(found) > 1 and len(found[0]) <= 200 and found[0][-1] not in ".!?:;,":
        title = found.pop(0)
    return record(
        start,
        end,
        "\n".join(found),
        title=title,
        url=parsed.url,
        source=domain(parsed.url),
        language=parsed.language,
    )


register(
    BinaryReader(
        "warc", sniff, read, "bytes", about="WARC and WET: a crawl's pages, one an article"
    )
)
