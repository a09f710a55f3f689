"""From a path to its dumps: compression, archives, limits, hashes.

A path is read in two passes with bounded memory: the first hashes it and surveys its encoding,
the second hands out its pieces. Members of a tar archive, which cannot be rewound cheaply, are
spooled (to an unnamed scratch file beyond 16 MB) for the time that their pieces are read.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import polars as pl

from transforms.keys import content_id
from transforms.read.pieces import Row, batches, reject
from transforms.read.registry import Reader, choose, readers
from transforms.read.text import CHUNK_BYTES, EncodingSurvey, TextSource, looks_binary

SPOOL_BYTES = 16 << 20
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
_PACKED_SUFFIXES = (".gz", ".bz2", ".xz")


class Opened(Protocol):
    """An open binary stream."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, none at the end."""

    def close(self) -> None:
        """Release it."""


Opener = Callable[[], Opened]


@dataclass(frozen=True, slots=True)
class Limits:
    """What hostile or broken input may cost.

    `record_chars`: the longest record or line, in characters. `dump_bytes`: the largest dump,
    decompressed. `ratio`: decompressed bytes for each compressed one, looked at beyond
    `ratio_from` bytes (news text packs 3 to 20 to one; a bomb a thousand). `members`: archive
    members. `depth`: archives inside archives.
    """

    record_chars: int = 32_000_000
    dump_bytes: int = 64 << 30
    ratio: float = 400.0
    ratio_from: int = 64 << 20
    members: int = 1_000_000
    depth: int = 2


class _UnsafeError(Exception):
    """Reading on would be dangerous."""


@dataclass
class Dump:
    """One input file, or one member of an archive. Shape of its rows: `transforms.schemas.Dumps`.

    `flags` is complete once `pieces` has been read to its end. `failure` is the reason and detail
    where the whole dump is unusable.
    """

    dump_id: str
    path: str
    sha256: str
    container_path: str
    container_sha256: str
    bytes: int
    format: str
    encoding: str | None
    flags: list[str] = field(default_factory=list)
    failure: tuple[str, str] | None = None
    _rows: Callable[[Dump], Iterator[Row]] | None = None

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Yield the dump's pieces in order as validated `Pieces` of at most 2,000 rows or ~8 MB.

        It never raises for bad content, but `RuntimeError` where the dump is a member of a tar
        archive and `open_source` has been asked for the next one.
        """
        if self.failure is not None or self._rows is None:
            reason, detail = self.failure or ("unreadable", "nothing was opened")
            yield from batches(self.dump_id, [reject(0, self.bytes, reason, detail)])
        else:
            yield from batches(self.dump_id, self._rows(self))

    def flag(self, name: str) -> None:
        """Add `name` to the flags once."""
        if name not in self.flags:
            self.flags.append(name)


class _Guarded:
    """A stream that counts, stops at a limit, and remembers damage instead of raising it."""

    def __init__(self, raw: Opened, limits: Limits, packed: int | None) -> None:
        self._raw = raw
        self._limits = limits
        self._packed = packed
        self.count = 0
        self.damage: str | None = None

    def read(self, size: int = -1, /) -> bytes:
        if self.damage is not None:
            return b""
        try:
            data = self._raw.read(size)
        except _DAMAGE as error:
            self.damage = f"{type(error).__name__}: {error}"
            return b""
        self.count += len(data)
        limits = self._limits
        if self.count > limits.dump_bytes:
            raise _UnsafeError(f"more than {limits.dump_bytes:,} bytes")
        if (
            self._packed is not None
            and self.count > limits.ratio_from
            and self.count > limits.ratio * max(self._packed, 1)
        ):
            raise _UnsafeError(f"unpacks to more than {limits.ratio:g} times its size")
        return data

    def close(self) -> None:
        self._raw.close()


@dataclass
class _Container:
    path: str
    sha256: str


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, reading a megabyte at a time.

    Raises `OSError` where it cannot be read and `ValueError` where it is no regular file.
    """
    _check_regular(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


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


def open_source(
    path: Path, *, limits: Limits | None = None, format: str | None = None
) -> Iterator[Dump]:
    """Yield the dumps in the regular file at `path`: itself, or each member of an archive.

    Archives (`.zip`, `.tar`) and compression (`.gz`, `.bz2`, `.xz`) are recognised by content and
    opened up to `limits.depth` levels deep. `format` names a reader to use instead of sniffing.
    What cannot be read, is binary, empty or unsafe becomes a dump whose only piece is a reject,
    so a run goes on. Raises `ValueError` for an unknown `format` only.
    """
    limits = limits or Limits()
    if format is not None and format not in readers():
        raise ValueError(f"unknown format {format!r}; known: {', '.join(readers())}")
    try:
        sha256 = sha256_of(path)
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        detail = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        yield _failed(str(path), _Container(str(path), ""), "unreadable", detail)
        return
    opener: Opener = lambda: path.open("rb")  # noqa: E731
    yield from _expand(opener, str(path), _Container(str(path), sha256), size, limits, 0, format)


def _failed(path: str, container: _Container, reason: str, detail: str, size: int = 0) -> Dump:
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


def _expand(
    opener: Opener,
    path: str,
    container: _Container,
    packed: int | None,
    limits: Limits,
    depth: int,
    format: str | None,
) -> Iterator[Dump]:
    try:
        with closing(opener()) as stream:
            head = stream.read(4096)
            while len(head) < 512 and (more := stream.read(4096)):
                head += more
    except _DAMAGE as error:
        yield _failed(path, container, "unreadable", f"{type(error).__name__}: {error}")
        return
    except RuntimeError as error:  # zipfile: a password is needed
        yield _failed(path, container, "unreadable", str(error))
        return
    kind = _kind(head, path)
    if kind == "plain":
        yield _plain(opener, path, container, limits, format)
    elif depth > limits.depth:
        yield _failed(path, container, "unsafe", f"more than {limits.depth} archives deep")
    elif kind in ("gz", "bz2", "xz"):
        yield from _unpack(kind, opener, path, container, packed, limits, depth, format)
    elif kind == "zip":
        yield from _zip(opener, path, container, limits, depth, format)
    else:
        yield from _tar(opener, path, container, packed, limits, depth, format)


def _kind(head: bytes, path: str) -> str:
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bz2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    if path.lower().endswith(".tar") and len(head) >= 512 and b"\x00" in head[:512]:
        return "tar"
    return "plain"


def _unpack(
    kind: str,
    opener: Opener,
    path: str,
    container: _Container,
    packed: int | None,
    limits: Limits,
    depth: int,
    format: str | None,
) -> Iterator[Dump]:
    modules: dict[str, Callable[[Any], Any]] = {
        "gz": lambda raw: gzip.GzipFile(fileobj=raw),
        "bz2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
    }

    def unpacked() -> Opened:
        return _Guarded(_Owning(modules[kind], opener()), limits, packed)

    try:
        yield from _expand(unpacked, path, container, packed, limits, depth + 1, format)
    except _UnsafeError as error:
        yield _failed(path, container, "unsafe", str(error))


class _Owning:
    """A decompressor that closes the stream below it too.

    It hands out what it has at once: a buffered read would lose what stands before damage.
    """

    def __init__(self, wrap: Callable[[Any], Any], raw: Opened) -> None:
        self._raw = raw
        self._file = wrap(raw)

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = self._file.read1(min(size, CHUNK_BYTES) if size >= 0 else CHUNK_BYTES)
        return data

    def close(self) -> None:
        self._file.close()
        self._raw.close()


def _member_name(path: str, name: str) -> str:
    return f"{path}!{name}"


def _unsafe_name(name: str) -> str | None:
    plain = name.replace("\\", "/")
    if plain.startswith("/") or (len(plain) > 1 and plain[1] == ":"):
        return "an absolute path"
    if ".." in PurePosixPath(plain).parts:
        return "a path that leaves the archive"
    if "\x00" in plain:
        return "a name with NUL"
    return None


def _zip(
    opener: Opener,
    path: str,
    container: _Container,
    limits: Limits,
    depth: int,
    format: str | None,
) -> Iterator[Dump]:
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        raw = opener()
        try:
            source: Any = raw
            if not (hasattr(raw, "seekable") and raw.seekable()):  # a zip inside an archive
                _copy(raw, spool)
                source = spool
            with zipfile.ZipFile(source) as archive:
                infos = archive.infolist()
                if any(info.filename == "[Content_Types].xml" for info in infos):
                    yield _failed(path, container, "unsupported", "an Office document")
                    return
                for count, info in enumerate(infos):
                    if info.is_dir():
                        continue
                    member = _member_name(path, info.filename)
                    unsafe = _unsafe_name(info.filename)
                    if stat.S_ISLNK(info.external_attr >> 16):
                        unsafe = "a link"
                    if count >= limits.members:
                        unsafe = f"an archive of more than {limits.members:,} members"
                    if unsafe is not None:
                        yield _failed(member, container, "unsafe", unsafe)
                        if count >= limits.members:
                            return
                        continue
                    if _is_furniture(info.filename):
                        continue

                    def opened(info: zipfile.ZipInfo = info) -> Opened:
                        file = _Owning(lambda raw: raw, archive.open(info))
                        return _Guarded(file, limits, max(info.compress_size, 1))

                    try:
                        yield from _expand(
                            opened, member, container, info.compress_size, limits, depth + 1, format
                        )
                    except _UnsafeError as error:
                        yield _failed(member, container, "unsafe", str(error))
                    except (NotImplementedError, RuntimeError, *_DAMAGE) as error:
                        yield _failed(member, container, "unreadable", str(error))
        except (zipfile.BadZipFile, OSError, ValueError, _UnsafeError) as error:
            reason = "unsafe" if isinstance(error, _UnsafeError) else "unreadable"
            yield _failed(path, container, reason, f"damaged zip archive: {error}")
        finally:
            raw.close()


def _is_furniture(name: str) -> bool:
    """Files that archivers of one system add to every archive, no part of what was archived."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"


def _copy(raw: Opened, spool: Any) -> None:
    while chunk := raw.read(CHUNK_BYTES):
        spool.write(chunk)
    spool.seek(0)


def _tar(
    opener: Opener,
    path: str,
    container: _Container,
    packed: int | None,
    limits: Limits,
    depth: int,
    format: str | None,
) -> Iterator[Dump]:
    raw = opener()
    budget = _Guarded(raw, limits, None)
    found = 0
    try:
        stream: Any = budget
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=1) as archive:
            for count, info in enumerate(archive):
                if info.isdir() or _is_furniture(info.name):
                    continue
                found += 1
                member = _member_name(path, info.name)
                unsafe = _unsafe_name(info.name)
                if info.issym() or info.islnk():
                    unsafe = "a link"
                elif not info.isreg():
                    unsafe = "a device or other special file"
                elif count >= limits.members:
                    unsafe = f"an archive of more than {limits.members:,} members"
                if unsafe is not None:
                    yield _failed(member, container, "unsafe", unsafe)
                    if count >= limits.members:
                        return
                    continue
                with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
                    file = archive.extractfile(info)
                    if file is None:
                        yield _failed(member, container, "unreadable", "no content")
                        continue
                    problem = None
                    try:
                        _copy(file, spool)
                    except _DAMAGE as error:
                        problem = f"{type(error).__name__}: {error}"
                        spool.seek(0)
                    opened = lambda spool=spool: _Rewound(spool)  # noqa: E731
                    for dump in _expand(
                        opened, member, container, info.size, limits, depth + 1, format
                    ):
                        if problem:
                            dump.flag("damaged")
                        yield dump
                    if problem:
                        yield _failed(path, container, "unreadable", f"archive cut off: {problem}")
                        return
    except tarfile.ReadError as error:
        yield _failed(path, container, "unreadable", f"damaged tar archive: {error}")
        return
    except _DAMAGE as error:
        yield _failed(path, container, "unreadable", f"damaged tar archive: {error}")
        return
    except _UnsafeError as error:
        yield _failed(path, container, "unsafe", str(error))
        return
    finally:
        raw.close()
    damage = getattr(raw, "damage", None) or budget.damage
    if damage:
        yield _failed(path, container, "unreadable", f"archive cut off: {damage}")
    elif not found:
        yield _failed(path, container, "empty", "an archive without files")


class _Rewound:
    """A spooled member, read again from its start; closing leaves the spool open."""

    def __init__(self, spool: Any) -> None:
        if spool.closed:
            raise RuntimeError("read the pieces of a dump before asking for the next dump")
        self._spool = spool
        spool.seek(0)

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = self._spool.read(size)
        return data

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        position: int = self._spool.seek(offset, whence)
        return position

    def tell(self) -> int:
        position: int = self._spool.tell()
        return position

    def close(self) -> None:
        """Leave the spool open: it may be read again."""


def _plain(
    opener: Opener,
    path: str,
    container: _Container,
    limits: Limits,
    format: str | None,
) -> Dump:
    digest = hashlib.sha256()
    survey = EncodingSurvey()
    size = 0
    head = b""
    blank = True
    damage: str | None = None
    try:
        stream = opener()
        with closing(stream):
            guarded = _Guarded(stream, limits, None)
            while chunk := guarded.read(CHUNK_BYTES):
                digest.update(chunk)
                survey.feed(chunk)
                blank = blank and not chunk.strip(b" \t\r\n\x0b\x0c\x00")
                head = head or chunk[:8192]
                size += len(chunk)
            damage = guarded.damage or getattr(stream, "damage", None)
    except _UnsafeError as error:
        return _failed(path, container, "unsafe", str(error), size)
    except _DAMAGE as error:
        damage = f"{type(error).__name__}: {error}"
    encoding = survey.encoding()
    sha256 = digest.hexdigest()
    dump = Dump(
        dump_id=content_id(sha256),
        path=path,
        sha256=sha256,
        container_path=container.path,
        container_sha256=container.sha256,
        bytes=size,
        format="unknown",
        encoding=encoding,
    )
    if damage:
        dump.flag("damaged")
    if blank or (size <= 4 and not head.decode(encoding, "replace").strip("\ufeff\x00 \r\n")):
        if damage:
            dump.failure = ("unreadable", damage)
        else:
            dump.failure = ("empty", "no bytes" if not size else "nothing but blanks")
        if not size:  # all empty files look alike: keep them apart
            dump.dump_id = content_id("empty", path)
        return dump
    if looks_binary(head, encoding):
        dump.encoding = None
        dump.failure = ("unsupported", "binary data of a kind that no reader knows")
        return dump
    try:
        with closing(opener()) as stream:
            source = TextSource(
                _Guarded(stream, limits, None).read, encoding, path, max_record=limits.record_chars
            )
            sample = source.head
    except (_UnsafeError, *_DAMAGE) as error:
        dump.failure = ("unreadable", f"{type(error).__name__}: {error}")
        return dump
    name = _bare_name(path)
    reader = readers()[format] if format else choose(sample, name)
    if reader is None:
        dump.failure = ("unsupported", "no reader knows this format")
        return dump
    dump.format = reader.name
    dump._rows = lambda dump: _rows(dump, opener, reader, limits, damage)
    return dump


def _bare_name(path: str) -> str:
    name = path.rpartition("!")[2].rpartition("/")[2].lower()
    for suffix in _PACKED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _rows(
    dump: Dump, opener: Opener, reader: Reader, limits: Limits, damage: str | None
) -> Iterator[Row]:
    end = 0
    source: TextSource | None = None
    try:
        with closing(opener()) as stream:
            guarded = _Guarded(stream, limits, None)
            source = TextSource(
                guarded.read,
                dump.encoding or "utf-8",
                _bare_name(dump.path),
                max_record=limits.record_chars,
            )
            for row in reader.read(source):
                end = row["char_end"]
                yield row
    except (_UnsafeError, *_DAMAGE) as error:
        damage = f"{type(error).__name__}: {error}"
        dump.flag("damaged")
    if source is not None and source.replaced:
        dump.flag("replaced_characters")
    if damage:
        yield reject(end, end, "unreadable", f"the rest could not be read: {damage}")
