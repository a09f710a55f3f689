"""What holds dumps: compressed files, archives, mail. One step down at a time.

`members` yields what a container holds, in order. A member can be opened any number of times
until the next one is asked for.
"""

from __future__ import annotations

import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from transforms.read import mail
from transforms.read.guard import (
    DAMAGE,
    SPOOL_BYTES,
    Guarded,
    Limits,
    Opened,
    Opener,
    Rewound,
    Unpacked,
    UnsafeError,
    copy,
)
from transforms.read.text import CHUNK_BYTES

PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".lzma", ".zst", ".zstd")
COMPRESSED = ("gz", "bz2", "xz", "zst")
ARCHIVES = ("zip", "tar", "mail")


@dataclass(frozen=True)
class Member:
    """A dump, or a further container, inside a container.

    `packed` is its compressed size where known. `damage` says what was wrong with it where only
    its beginning could be read. `encoding` and `context` are what the container says about it: an
    encoding's name, and columns of `Pieces` (`title`, `date_text` …) that hold for its articles.
    """

    path: str
    opener: Opener
    packed: int | None
    damage: str | None = None
    encoding: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """A member, or the whole container, that cannot be used, and why (`schemas.REASONS`)."""

    path: str
    reason: str
    detail: str


def kind_of(head: bytes, path: str) -> str | None:
    """Return what kind of container starts with `head` (its first 512 bytes or more), or None."""
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bz2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "zst"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None if _is_office(head) else "zip"
    if head.startswith(b"\x5d\x00\x00") and path.lower().endswith((".lzma", ".tlz")):
        return "xz"  # the format before it
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return "tar"
    if path.lower().endswith(".tar") and len(head) >= 512 and b"\x00" in head[:512]:
        return "tar"
    if mail.sniff(head, path.lower()):
        return "mail"
    return None


def _is_old_tar(head: bytes) -> bool:
    """Say whether a header of Unix V7's tar, which had no magic, starts here: its sum is right."""
    if len(head) < 512 or not head[:1].strip(b"\x00") or head[156] not in b"\x0001256":
        return False
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _is_office(head: bytes) -> bool:
    """Say whether a zip archive is an Office document: its parts have fixed names."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    first = name.startswith((b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/"))
    return first or (name == b"mimetype" and b"opendocument" in head[:200])


def members(
    kind: str, opener: Opener, path: str, packed: int | None, limits: Limits
) -> Iterator[Member | Failure]:
    """Yield what the container of `kind` (see `kind_of`) at `path` holds, in its order."""
    if kind in COMPRESSED:
        yield Member(path, lambda: Unpacked(kind, opener(), limits), packed)
    elif kind == "zip":
        yield from _zip(opener, path, limits)
    elif kind == "tar":
        yield from _tar(opener, path, limits)
    else:
        yield from _mail(opener, path, limits)


def member_name(path: str, name: str) -> str:
    """Return the path of a member: `archive!member`; see `shown`."""
    return f"{path}!{shown(name)}"


def shown(path: str) -> str:
    r"""Return a path as a text: bytes of a file's name that are no UTF-8 are written as `\xff`."""
    return path if path.isascii() else _SURROGATE.sub(_as_byte, path)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _as_byte(match: re.Match[str]) -> str:
    code = ord(match[0])
    return rf"\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


def _unsafe_name(name: str) -> str | None:
    plain = name.replace("\\", "/")
    if plain.startswith("/") or (len(plain) > 1 and plain[1] == ":"):
        return "an absolute path"
    if ".." in PurePosixPath(plain).parts:
        return "a path that leaves the archive"
    if "\x00" in plain:
        return "a name with NUL"
    return None


def _is_furniture(name: str) -> bool:
    """Files that archivers of one system add to every archive, no part of what was archived."""
    plain = PurePosixPath(name).name
    return (
        name.startswith("__MACOSX/")
        or plain.startswith("._")
        or plain in (".DS_Store", "Thumbs.db", "desktop.ini")
    )


_CUT_OFF = (
    "; if it was not downloaded to its end, fetch it again, or save what is there with `zip -FF`"
)


def _zip(opener: Opener, path: str, limits: Limits) -> Iterator[Member | Failure]:
    found = 0
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        raw = opener()
        try:
            source: Any = raw
            if not (hasattr(raw, "seekable") and raw.seekable()):  # a zip inside an archive
                copy(Guarded(raw, limits, None), spool)
                source = spool
            with zipfile.ZipFile(source) as archive:
                for count, info in enumerate(archive.infolist()):
                    if info.filename.endswith("/") or _is_furniture(info.filename):
                        continue
                    found += 1
                    name = member_name(path, info.filename or f"unnamed-{count + 1}")
                    unsafe = _unsafe_name(info.filename)
                    if stat.S_ISLNK(info.external_attr >> 16):
                        unsafe = "a link"
                    if count >= limits.members:
                        unsafe = f"an archive of more than {limits.members:,} members"
                    if unsafe is not None:
                        yield Failure(name, "unsafe", unsafe)
                        if count >= limits.members:
                            return
                        continue

                    def opened(info: zipfile.ZipInfo = info) -> Opened:
                        try:
                            file: Any = archive.open(info)
                        except (ValueError, IndexError, KeyError) as error:
                            # The library stumbles over a member's own header.
                            raise zipfile.BadZipFile(f"damaged member: {error}") from error
                        return Unpacked("member", file, limits)

                    yield Member(name, opened, max(info.compress_size, 1))
        except UnsafeError as error:
            yield Failure(path, "unsafe", str(error))
        except (NotImplementedError, RuntimeError, ValueError, *DAMAGE) as error:
            yield Failure(path, "unreadable", f"damaged zip archive: {error}{_CUT_OFF}")
        else:
            if not found:
                yield Failure(path, "empty", "an archive without files")
        finally:
            raw.close()


def _tar(opener: Opener, path: str, limits: Limits) -> Iterator[Member | Failure]:
    raw = opener()
    budget = Guarded(raw, limits, None)
    found = 0
    try:
        stream: Any = budget
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=1) as archive:
            for count, info in enumerate(archive):
                if info.isdir() or _is_furniture(info.name):
                    continue
                found += 1
                name = member_name(path, info.name)
                unsafe = _unsafe_name(info.name)
                if info.issym() or info.islnk():
                    unsafe = "a link"
                elif not info.isreg():
                    unsafe = "a device or other special file"
                elif count >= limits.members:
                    unsafe = f"an archive of more than {limits.members:,} members"
                if unsafe is not None:
                    yield Failure(name, "unsafe", unsafe)
                    if count >= limits.members:
                        return
                    continue
                with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
                    problem = None
                    try:
                        if info.issparse():
                            copy(archive.extractfile(info), spool)  # type: ignore[arg-type]
                        elif _copy_member(archive.fileobj, info, spool) < info.size:
                            problem = (
                                getattr(raw, "damage", None) or budget.damage or "no more data"
                            )
                    except DAMAGE as error:
                        problem = f"{type(error).__name__}: {error}"
                    spool.seek(0)
                    yield Member(name, lambda spool=spool: Rewound(spool), info.size, problem)  # type: ignore[misc]
                    if problem:
                        yield Failure(path, "unreadable", f"archive cut off: {problem}")
                        return
    except UnsafeError as error:
        yield Failure(path, "unsafe", str(error))
        return
    except (ValueError, *DAMAGE) as error:
        yield Failure(path, "unreadable", f"damaged tar archive: {error}")
        return
    finally:
        raw.close()
    damage = getattr(raw, "damage", None) or budget.damage
    if damage:
        yield Failure(path, "unreadable", f"archive cut off: {damage}")
    elif not found:
        yield Failure(path, "empty", "an archive without files")


def _copy_member(stream: Any, info: tarfile.TarInfo, spool: Any) -> int:
    """Copy what there is of a member; `extractfile` would lose the last part of a cut one."""
    stream.seek(info.offset_data)
    left = info.size
    while left and (chunk := stream.read(min(left, CHUNK_BYTES))):
        spool.write(chunk)
        left -= len(chunk)
    return info.size - left


def _mail(opener: Opener, path: str, limits: Limits) -> Iterator[Member | Failure]:
    """Every message's text is a member; attachments are members of their own."""
    try:
        with closing(opener()) as raw:
            guarded = Guarded(raw, limits, None)
            for count, part in enumerate(mail.parts(guarded.read, limits.record_chars)):
                name = member_name(path, part.name)
                if count >= limits.members:
                    yield Failure(
                        name, "unsafe", f"a mailbox of more than {limits.members:,} parts"
                    )
                    return
                if part.problem is not None:
                    yield Failure(name, *part.problem)
                    continue
                data = part.data
                yield Member(
                    name,
                    lambda data=data: BytesIO(data),  # type: ignore[misc]
                    None,
                    encoding=part.charset,
                    context=part.context,
                )
            if guarded.damage:
                yield Failure(path, "unreadable", f"mailbox cut off: {guarded.damage}")
    except UnsafeError as error:
        yield Failure(path, "unsafe", str(error))
    except DAMAGE as error:
        yield Failure(path, "unreadable", f"damaged mailbox: {error}")
