"""From a path to its dumps: containers opened, format and encoding found, pieces handed out.

A path is read in passes with bounded memory: the first hashes it, the second surveys its encoding,
the third hands out its pieces. What cannot be rewound cheaply (a member of a tar archive, a zip
inside an archive) is spooled, to an unnamed scratch file beyond 16 MB, for the time that its
pieces are read.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import polars as pl

from transforms.keys import content_id
from transforms.read import containers, manifest
from transforms.read.containers import Failure, Member, kind_of
from transforms.read.fields import Aliases, aliases
from transforms.read.guard import (
    DAMAGE,
    SPOOL_BYTES,
    Guarded,
    Limits,
    Opened,
    Opener,
    SpoolGoneError,
    UnsafeError,
    copy,
)
from transforms.read.pieces import NOTHING, Row, batches, record, reject
from transforms.read.registry import (
    BinaryReader,
    Decoder,
    Reader,
    binary_readers,
    choose,
    choose_binary,
    decoders,
    named,
    readers,
)
from transforms.read.text import (
    CHUNK_BYTES,
    BinarySource,
    EncodingSurvey,
    TextSource,
    looks_binary,
)


@dataclass(frozen=True)
class _Container:
    path: str
    sha256: str


@dataclass(frozen=True)
class _Call:
    """What holds for every dump of one call of `open_source`."""

    container: _Container
    limits: Limits
    format: str | None
    aliases: Aliases


@dataclass
class Dump:
    """One input file, or one member of an archive. Shape of its rows: `transforms.schemas.Dumps`.

    `unit` says what the offsets of its pieces count. `flags` and `warnings` (sentences for an
    operator: declared counts that differ, a file that changed) are complete once `pieces` has
    been read to its end. `failure` is the reason and detail where the whole dump is unusable.
    `records` is how many records were read, once `pieces` has been read; None for running text.
    `context` is what its container says of it: columns of `Pieces`, by their names.
    """

    dump_id: str
    path: str
    sha256: str
    container_path: str
    container_sha256: str
    bytes: int
    format: str
    encoding: str | None
    unit: str = "characters"
    flags: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failure: tuple[str, str] | None = None
    records: int | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    _rows: Callable[[Dump], Iterator[Row]] | None = None
    _text: Callable[[], Iterator[str]] | None = None

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Yield the dump's pieces in order as validated `Pieces` of at most 2,000 rows or ~8 MB.

        It never raises for bad content, but `RuntimeError` where the dump is a member of a tar
        archive and `open_source` has been asked for the next one.
        """
        yield from batches(self.rows())

    def rows(self) -> Iterator[Row]:
        """Yield the pieces as dictionaries, unchecked; for many dumps of one article each."""
        if self.failure is not None or self._rows is None:
            reason, detail = self.failure or ("unreadable", "nothing was opened")
            rows: Iterable[Row] = [reject(0, self.bytes, reason, detail)]
        else:
            rows = self._rows(self)
        for row in rows:
            yield {**NOTHING, "dump_id": self.dump_id, **row}

    def text(self) -> Iterator[str]:
        """Yield the decoded text again, from its start, as `read --verify` cuts spans from it.

        Empty for a dump whose offsets count bytes or rows, and for one that cannot be used.
        """
        if self._text is not None:
            yield from self._text()

    def again(self) -> Iterator[Row]:
        """Yield the rows of `pieces` once more, leaving flags and warnings as they are."""
        if self.failure is None and self._rows is not None:
            yield from self._rows(replace(self, flags=[], warnings=[]))

    def flag(self, name: str) -> None:
        """Add `name` to the flags once."""
        if name not in self.flags:
            self.flags.append(name)

    def warn(self, sentence: str) -> None:
        """Add a sentence to the warnings once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, reading a megabyte at a time.

    Raises `OSError` where it cannot be read and `ValueError` where it is no regular file.
    """
    return _fingerprint(path)[0]


def _fingerprint(path: Path) -> tuple[str, int]:
    """Return SHA-256 and size of the bytes that were there."""
    _check_regular(path)
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        end = path.stat().st_size  # a file that grows is read up to here
        while size < end and (chunk := file.read(min(CHUNK_BYTES, end - size))):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _check_regular(path: Path) -> None:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kinds = (
            (stat.S_ISDIR, "a folder"),
            (stat.S_ISFIFO, "a FIFO"),
            (stat.S_ISSOCK, "a socket"),
            (stat.S_ISCHR, "a device"),
            (stat.S_ISBLK, "a device"),
        )
        kind = next((name for test, name in kinds if test(mode)), "not a regular file")
        raise ValueError(f"{path} is {kind}, not a file")


def formats() -> dict[str, str]:
    """Return what `open_source` takes as `format`, and what each is in a line."""
    known: list[Reader | BinaryReader | Decoder] = [
        *readers().values(),
        *binary_readers().values(),
        *decoders().values(),
    ]
    return {kind.name: kind.about for kind in sorted(known, key=lambda kind: kind.name)}


def open_source(
    path: Path,
    *,
    limits: Limits | None = None,
    format: str | None = None,
    fields: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Dump]:
    """Yield the dumps in the regular file at `path`: itself, or each member of an archive.

    Archives (`.zip`, `.tar`), compression (`.gz`, `.bz2`, `.xz`, `.zst`) and mail are recognised
    by content and opened up to `limits.depth` levels deep. `format` (see `formats`) is used
    instead of sniffing; `fields` adds names of fields by column (see `fields.aliases`). What
    cannot be read, is binary, empty or unsafe becomes a dump whose only piece is a reject, so a
    run goes on. Raises `ValueError` for an unknown `format` or column only.
    """
    if format is not None and format not in formats():
        raise ValueError(f"unknown format {format!r}; known: {', '.join(formats())}")
    names = aliases(fields)
    limits = limits or Limits()
    name = containers.shown(str(path))
    try:
        sha256, size = _fingerprint(path)
    except (OSError, ValueError) as error:
        detail = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        call = _Call(_Container(name, ""), limits, format, names)
        yield _failed(name, call, "unreadable", containers.shown(detail))
        return
    call = _Call(_Container(name, sha256), limits, format, names)
    yield from _expand(Member(name, _snapshot(path, size), size), call, 0)


def unread_source(path: Path, detail: str) -> Dump:
    """Return the file at `path` as one dump whose only piece is a reject that says `detail`.

    For a file that cannot even be opened up, because whoever tried to did not survive it.
    """
    name = containers.shown(str(path))
    sha256, size = "", 0
    with suppress(OSError, ValueError):
        sha256, size = _fingerprint(path)
    call = _Call(_Container(name, sha256), Limits(), None, aliases(None))
    return _failed(name, call, "unreadable", detail, size)


def _snapshot(path: Path, size: int) -> Opener:
    """Open a file as it was: what is appended later belongs to a later night."""

    def opened() -> Opened:
        # A path that was replaced by a FIFO or a folder in between must not block or mislead.
        _check_regular_again(path)
        return _FirstBytes(path.open("rb"), size)

    return opened


def _check_regular_again(path: Path) -> None:
    try:
        _check_regular(path)
    except ValueError as error:
        raise OSError(str(error)) from error


class _FirstBytes:
    """The first `size` bytes of a file, seekable."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        left = max(self._size - self._file.tell(), 0)
        return self._file.read(left if size < 0 else min(size, left))

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 2:
            offset, whence = self._size + offset, 0
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        self._file.close()


def _failed(path: str, call: _Call, reason: str, detail: str, size: int = 0) -> Dump:
    container = call.container
    return Dump(
        dump_id=content_id("unreadable", path, container.sha256),
        path=path,
        sha256="",
        container_path=container.path,
        container_sha256=container.sha256,
        bytes=size,
        format="unknown",
        encoding=None,
        failure=(reason, detail),
    )


def _expand(member: Member, call: _Call, depth: int) -> Iterator[Dump]:
    path = member.path
    try:
        with closing(member.opener()) as stream:
            head = stream.read(4096)
            while len(head) < 4096 and (more := stream.read(4096 - len(head))):
                head += more
    except UnsafeError as error:
        yield _failed(path, call, "unsafe", str(error))
        return
    except (RuntimeError, NotImplementedError, *DAMAGE) as error:  # zipfile: a password is needed
        if not isinstance(error, EOFError):
            yield _failed(path, call, "unreadable", _what_failed(error))
            return
        head = b""
    kind = kind_of(head, path)
    if kind is None:
        dump = _plain(member, call, head)
        recognise = call.format is None and dump.failure is None
        listed = _manifest(member) if recognise and depth == 0 else None
        if listed is not None or (recognise and manifest.is_about(path)):
            words = f"a manifest of {len(listed):,} files" if listed else "about the archive"
            dump.format, dump.failure = "manifest" if listed else "txt", ("not_article", words)
        if member.damage:
            dump.flag("damaged")
        yield dump
    elif depth > call.limits.depth:
        yield _failed(path, call, "unsafe", f"more than {call.limits.depth} archives deep")
    elif kind in containers.COMPRESSED:
        yield from _unpacked(kind, member, call, depth)
    else:
        yield from _unfolded(kind, member, call, depth)


def _what_failed(error: Exception) -> str:
    if "encrypted" in str(error):
        return "it is encrypted: unpack it with its password, and read what comes out"
    if isinstance(error, NotImplementedError):
        return f"packed in a way that cannot be read here ({error}): unpack it, or pack it again"
    return f"{type(error).__name__}: {error}"


def _unpacked(kind: str, member: Member, call: _Call, depth: int) -> Iterator[Dump]:
    """A compressed file: the one dump in it keeps its path."""
    limits, packed = call.limits, member.packed
    for inner in containers.members(kind, member.opener, member.path, packed, limits):
        assert isinstance(inner, Member)
        opener = inner.opener

        def guarded(opener: Opener = opener) -> Opened:
            return Guarded(opener(), limits, packed)

        unpacked = Member(
            member.path, guarded, packed, member.damage, member.encoding, member.context
        )
        yield from _expand(unpacked, call, depth + 1)


def _unfolded(kind: str, member: Member, call: _Call, depth: int) -> Iterator[Dump]:
    """An archive or a mailbox: its members in their order, manifests held against them last."""
    limits = call.limits
    seen: dict[str, str] = {}
    counts: dict[str, int] = {}
    manifests: list[tuple[Dump, manifest.Manifest]] = []
    found = containers.members(kind, member.opener, member.path, member.packed, limits)
    for inner in found:
        if isinstance(inner, Failure):
            seen.setdefault(inner.path, "")
            yield _failed(inner.path, call, inner.reason, inner.detail)
            continue
        opener, packed = inner.opener, inner.packed

        def guarded(opener: Opener = opener, packed: int | None = packed) -> Opened:
            stream = opener()
            if hasattr(stream, "seekable"):  # spooled: its size was counted when it was spooled
                return stream
            return Guarded(stream, limits, packed)

        inner = Member(inner.path, guarded, packed, inner.damage, inner.encoding, inner.context)
        seen.setdefault(inner.path, "")
        if kind != "mail" and (listed := _manifest(inner)) is not None:
            dump = _plain(inner, call, b"")
            dump.format = "manifest"
            dump.failure = ("not_article", f"a manifest of {len(listed):,} files")
            manifests.append((dump, listed))
            continue
        for dump in _expand(inner, call, depth + 1):
            if dump.path == inner.path and dump.sha256:
                seen[inner.path] = dump.sha256
            yield dump
            if dump.path == inner.path and dump.records is not None:
                counts[inner.path] = dump.records
    prefix = containers.member_name(member.path, "")
    held = {path.removeprefix(prefix): sha256 for path, sha256 in seen.items()}
    read = {path.removeprefix(prefix): count for path, count in counts.items()}
    for dump, listed in manifests:
        for sentence in manifest.differences(listed, held, read):
            dump.warn(sentence)
        if dump.warnings:
            dump.flag("declared_count_differs")
        yield dump


def _manifest(member: Member) -> manifest.Manifest | None:
    if not manifest.is_named(member.path):
        return None
    try:
        with closing(member.opener()) as stream:
            data = stream.read(manifest.MAX_BYTES)
    except (UnsafeError, RuntimeError, NotImplementedError, *DAMAGE):
        return None
    return manifest.parse(data)


def _plain(member: Member, call: _Call, head: bytes) -> Dump:
    """Survey a dump and find its format."""
    limits = call.limits
    survey = EncodingSurvey()
    size = 0
    blank = True
    damage = member.damage
    sha256 = hashlib.sha256().hexdigest()
    try:
        with closing(Guarded(member.opener(), limits, None)) as guarded:
            while chunk := guarded.read(CHUNK_BYTES):
                survey.feed(chunk)
                blank = blank and not chunk.strip(b" \t\r\n\x0b\x0c\x00")
                if len(head) < 8192:
                    head = (head if size else b"") + chunk[: 8192 - (len(head) if size else 0)]
                size += len(chunk)
            damage = guarded.damage or getattr(guarded._raw, "damage", None) or damage
            sha256 = guarded.digest.hexdigest()
    except UnsafeError as error:
        return _failed(member.path, call, "unsafe", str(error), size)
    except (NotImplementedError, *DAMAGE) as error:
        damage = f"{type(error).__name__}: {error}"
    dump = Dump(
        dump_id=content_id(sha256),
        path=member.path,
        sha256=sha256,
        container_path=call.container.path,
        container_sha256=call.container.sha256,
        bytes=size,
        format="unknown",
        encoding=_encoding(member.encoding) or survey.encoding(),
    )
    if member.context:  # what the container says is part of what is read
        dump.context = member.context
        context = sorted(member.context.items())
        dump.dump_id = content_id(sha256, *(f"{name}={value}" for name, value in context))
    if damage:
        dump.flag("damaged")
    encoding = dump.encoding or "utf-8"
    if blank or (size <= 4 and not head.decode(encoding, "replace").strip("\ufeff\x00 \r\n")):
        if damage:
            dump.failure = ("unreadable", damage)
        else:
            dump.failure = ("empty", "no bytes" if not size else "nothing but blanks")
        if not size:  # all empty files look alike: keep them apart
            dump.dump_id = content_id("empty", member.path)
        return dump
    return _opened(dump, member, call, head, damage)


def _opened(dump: Dump, member: Member, call: _Call, head: bytes, damage: str | None) -> Dump:
    """Choose how a dump is read: by the format asked for, else its bytes, else its text."""
    name = _bare_name(member.path)
    kind: BinaryReader | Decoder | Reader | None
    if call.format is not None:
        kind = named(call.format)
        if isinstance(kind, Reader) and isinstance(found := choose_binary(head, name), Decoder):
            return _decoded(dump, member, call, found, kind, damage)
    else:
        kind = choose_binary(head, name)
    if isinstance(kind, BinaryReader):
        reader = kind
        dump.format, dump.encoding, dump.unit = reader.name, None, reader.unit
        dump._rows = lambda dump: _binary_rows(dump, member, reader, call, damage)
        return dump
    if isinstance(kind, Decoder):
        return _decoded(dump, member, call, kind, None, damage)
    if looks_binary(head, dump.encoding or "utf-8") or _begins_as_binary(head):
        dump.encoding = None
        dump.failure = ("unsupported", _what_binary(head))
        return dump
    limits = call.limits
    try:
        with closing(Guarded(member.opener(), limits, None)) as stream:
            sample = _source(stream.read, dump, call).head
    except (UnsafeError, NotImplementedError, *DAMAGE) as error:
        dump.failure = ("unreadable", f"{type(error).__name__}: {error}")
        return dump
    reader_ = kind or choose(sample, name)
    if reader_ is None:
        dump.failure = ("unsupported", _UNKNOWN_MARKUP if sample.lstrip()[:1] == "<" else _UNKNOWN)
        return dump
    dump.format = reader_.name
    dump._rows = lambda dump: _text_rows(dump, member, reader_, call, damage)
    dump._text = lambda: _text_again(dump, member, call)
    return dump


_UNKNOWN = "no reader knows this format: say which it is with --format"
_UNKNOWN_MARKUP = (
    "mark-up in which no reader finds articles: name its elements in newsmill.toml, [fields], and "
    "read it with --format xml"
)


def _begins_as_binary(head: bytes) -> bool:
    """Whether data begin as a known binary format does, with a sign that no text has: a short file
    may otherwise pass for text in some encoding."""
    return any(head.startswith(start) and _CONTROL.search(start) for start, _ in _BINARIES)


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def _what_binary(head: bytes) -> str:
    for start, what in _BINARIES:
        if head.startswith(start):
            return what
    return "binary data of a kind that no reader knows"


_BINARIES = (
    (b"%PDF-", "a PDF: export it as text (for example with pdftotext -layout) and read that"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: save it as DOCX, RTF or text"),
    (b"PK", "an Office document of a kind that no reader knows: save it as DOCX, RTF or CSV"),
    (b"ARROW1", "Arrow or Feather: write it as Parquet"),
    (b"Obj\x01", "Avro: write it as Parquet or JSON lines"),
    (b"ORC", "ORC: write it as Parquet"),
    (b"SQLite format 3", "a SQLite database: export its table as CSV, JSON lines or Parquet"),
    (b"\x80\x04\x95", "a Python pickle: it is never opened, because opening one runs its code"),
    (b"\x80\x03", "a Python pickle: it is never opened, because opening one runs its code"),
    (b"\x1f\x9d", "packed by Unix's compress: unpack it with gunzip, and pack it again with gzip"),
    (b"\x04\x22\x4d\x18", "packed by LZ4: unpack it, or pack it again as .zst"),
    (b"LZIP\x01", "packed by lzip: unpack it, or pack it again as .xz"),
    (b"\xff\x06\x00\x00sNaPpY", "packed by Snappy: unpack it, or pack it again as .zst"),
    (b"MSCF", "a Windows cabinet: unpack it, or pack it again as .zip"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it, or pack it again as .tar.zst or .zip"),
    (b"Rar!", "a RAR archive: unpack it, or pack it again as .tar.zst or .zip"),
)


def _encoding(given: str | None) -> str | None:
    """Return Python's name for an encoding that a container states, None where it has none."""
    if not given:
        return None
    try:
        info = codecs.lookup(given)
    except LookupError:
        return None
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _source(read: Callable[[int], bytes], dump: Dump, call: _Call) -> TextSource:
    return TextSource(
        read,
        dump.encoding or "utf-8",
        _bare_name(dump.path),
        max_record=call.limits.record_chars,
        aliases=call.aliases,
    )


def _bare_name(path: str) -> str:
    name = path.rpartition("!")[2].rpartition("/")[2].lower()
    for suffix in containers.PACKED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name


class _Counted:
    """Passes rows on, and holds what the dump declares against what it was found to hold."""

    def __init__(self, dump: Dump, context: Mapping[str, str]) -> None:
        self._dump = dump
        self._context = context
        self._declared = 0
        self._words: list[str] = []
        self._records = 0
        self._pieces = 0
        self.end = 0

    def rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        running = False
        for row in rows:
            if row["kind"] == "declared":
                self._declared += row["count"]
                self._words.append(row["text"])
                continue
            if row["kind"] == "remark":
                self._dump.warn(row["text"])
                continue
            self.end = row["char_end"]
            running = running or row["kind"] == "text"
            if row["kind"] == "record":
                self._records += 1
                for column, value in self._context.items():
                    if not row.get(column):
                        row[column] = value
            self._pieces += 1
            yield row
        if not self._pieces:  # blanks that only the encoding tells
            yield reject(0, 0, "empty", "nothing but blanks")
        self._dump.records = None if running else self._records
        if self._words and self._declared != self._records:
            words = ", ".join(dict.fromkeys(self._words))
            self._dump.warn(
                f"declares {self._declared:,} articles ({words}), {self._records:,} were read"
            )
            self._dump.flag("declared_count_differs")


def _text_rows(
    dump: Dump, member: Member, reader: Reader, call: _Call, damage: str | None
) -> Iterator[Row]:
    source: TextSource | None = None
    # A message in itself is one article; what was sent in one has its own headlines and dates.
    counted = _Counted(dump, member.context if reader.name in _MESSAGES else {})
    try:
        with closing(Guarded(member.opener(), call.limits, None)) as guarded:
            source = _source(guarded.read, dump, call)
            rows = _mail_body(source) if _is_mail_body(reader, member) else reader.read(source)
            yield from counted.rows(rows)
            if not damage and guarded.digest.hexdigest() != dump.sha256:
                dump.warn(
                    "its content changed while it was read; it will be read again as a new dump"
                )
                dump.flag("changed")
    except (UnsafeError, NotImplementedError, *DAMAGE) as error:
        damage = f"{type(error).__name__}: {error}"
        dump.flag("damaged")
    except SpoolGoneError:
        raise
    except Exception as error:  # a mistake in a reader costs the rest of one dump, not the night
        dump.flag("reader_failed")
        end = sum(map(len, _text_again(dump, member, call)))
        detail = f"the {reader.name} reader failed: {type(error).__name__}: {error}"
        yield reject(counted.end, max(end, counted.end), "unreadable", detail)
    if source is not None and source.replaced:
        dump.flag("replaced_characters")
    if damage:
        yield reject(
            counted.end, counted.end, "unreadable", f"the rest could not be read: {damage}"
        )


_MESSAGES = frozenset(["txt", "html"])


def _is_mail_body(reader: Reader, member: Member) -> bool:
    return reader.name == "txt" and bool(member.context)


def _mail_body(source: TextSource) -> Iterator[Row]:
    """A message in plain text is one article; its headers say the rest."""
    text = source.whole()
    if text is None:
        yield reject(0, source.total, "too_large", "a message over the size limit")
        return
    ink = text.strip()
    if not ink:
        return
    start = text.index(ink[0])
    yield record(start, start + len(ink), re.sub(r"\r\n?", "\n", ink))


def _text_again(dump: Dump, member: Member, call: _Call) -> Iterator[str]:
    with closing(Guarded(member.opener(), call.limits, None)) as guarded:
        decoder = codecs.getincrementaldecoder(dump.encoding or "utf-8")("replace")
        while data := guarded.read(CHUNK_BYTES):
            yield decoder.decode(data)
        yield decoder.decode(b"", final=True)


def _binary_rows(
    dump: Dump, member: Member, reader: BinaryReader, call: _Call, damage: str | None
) -> Iterator[Row]:
    counted = _Counted(dump, member.context)
    try:
        with _seekable(member, call.limits) as file:
            limit = call.limits.record_chars
            source = BinarySource(file, _bare_name(dump.path), limit, call.aliases)
            yield from counted.rows(reader.read(source))
    except (UnsafeError, NotImplementedError, *DAMAGE) as error:
        damage = f"{type(error).__name__}: {error}"
        dump.flag("damaged")
    except SpoolGoneError:
        raise
    except Exception as error:  # as above
        dump.flag("reader_failed")
        damage = f"the {reader.name} reader failed: {type(error).__name__}: {error}"
    if damage:
        yield reject(
            counted.end, counted.end, "unreadable", f"the rest could not be read: {damage}"
        )


class _Spooled:
    """A dump as a seekable file: as it is, or spooled where it comes from a stream."""

    def __init__(self, member: Member, limits: Limits) -> None:
        self._member = member
        self._limits = limits
        self._spool: Any = None
        self._stream: Any = None

    def __enter__(self) -> Any:
        self._stream = self._member.opener()
        if hasattr(self._stream, "seekable") and self._stream.seekable():
            self._stream.seek(0)
            return self._stream
        self._spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)
        copy(Guarded(self._stream, self._limits, None), self._spool)
        return self._spool

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        if self._spool is not None:
            self._spool.close()


def _seekable(member: Member, limits: Limits) -> _Spooled:
    return _Spooled(member, limits)


def _decoded(
    dump: Dump,
    member: Member,
    call: _Call,
    decoder: Decoder,
    reader: Reader | None,
    damage: str | None,
) -> Dump:
    """A text in some wrapping: offsets count characters of the text, once unwrapped."""
    dump.encoding = decoder.name
    try:
        with _seekable(member, call.limits) as file:
            text = decoder.decode(file, call.limits.record_chars)
    except (UnsafeError, ValueError, NotImplementedError, *DAMAGE) as error:
        dump.format = decoder.name
        dump.failure = ("unreadable", f"{type(error).__name__}: {error}")
        return dump
    if not text.strip():
        dump.format = decoder.name
        dump.failure = ("empty", f"no text in this {decoder.name}")
        return dump
    data = text.encode("utf-8", "replace")
    text = data.decode()
    chosen = reader or choose(text[: 1 << 16], _bare_name(member.path)) or readers()["txt"]
    dump.format = decoder.name if chosen.name == "txt" else chosen.name

    def rows(dump: Dump) -> Iterator[Row]:
        counted = _Counted(dump, member.context)
        source = TextSource(
            BytesIO(data).read,
            "utf-8",
            _bare_name(member.path),
            max_record=call.limits.record_chars,
            aliases=call.aliases,
        )
        try:
            yield from counted.rows(chosen.read(source))
        except Exception as error:  # as for a text
            dump.flag("reader_failed")
            detail = f"the {chosen.name} reader failed: {type(error).__name__}: {error}"
            yield reject(counted.end, max(len(text), counted.end), "unreadable", detail)
        if damage:
            yield reject(
                counted.end, counted.end, "unreadable", f"the rest could not be read: {damage}"
            )

    dump._rows = rows
    dump._text = lambda: _decoded_again(member, call, decoder)
    return dump


def _decoded_again(member: Member, call: _Call, decoder: Decoder) -> Iterator[str]:
    with _seekable(member, call.limits) as file:
        yield decoder.decode(file, call.limits.record_chars).encode("utf-8", "replace").decode()
