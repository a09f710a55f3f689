"""What hostile or broken input may cost, and the streams that hold it to that."""

from __future__ import annotations

import bz2
import hashlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import zstandard

from transforms.read.text import CHUNK_BYTES

SPOOL_BYTES = 16 << 20
"""A member that must be kept to be read twice stays in memory up to this size."""
DAMAGE = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zstandard.ZstdError,
)
"""What the standard decompressors raise for damaged input."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What hostile or broken input may cost.

    `record_chars`: the longest record or line, in characters. `dump_bytes`: the largest dump,
    decompressed. `ratio`: decompressed bytes for each compressed one, looked at beyond
    `ratio_from` bytes (news text packs 3 to 20 to one; a bomb a thousand). `members`: archive
    members. `depth`: archives inside archives. `window_bytes`: the memory that a compressed
    stream may ask of its decompressor.
    """

    record_chars: int = 32_000_000
    dump_bytes: int = 64 << 30
    ratio: float = 400.0
    ratio_from: int = 64 << 20
    members: int = 1_000_000
    depth: int = 2
    window_bytes: int = 128 << 20


class UnsafeError(Exception):
    """Reading on would be dangerous; the message says why."""


class SpoolGoneError(RuntimeError):
    """A member was asked for after the next one; it is no longer there."""


class Opened(Protocol):
    """An open binary stream."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, none at the end."""

    def close(self) -> None:
        """Release it."""


Opener = Callable[[], Opened]


class Guarded:
    """A stream that counts, stops at a limit, and remembers damage instead of raising it.

    `packed` is the compressed size, to hold the ratio against. `stop` ends the stream after so
    many bytes: what a growing file held when it was first looked at. `digest` hashes what is read.
    """

    def __init__(
        self, raw: Opened, limits: Limits, packed: int | None, stop: int | None = None
    ) -> None:
        self._raw = raw
        self._limits = limits
        self._packed = packed
        self._stop = stop
        self.count = 0
        self.damage: str | None = None
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; raises `UnsafeError` beyond a limit."""
        if self.damage is not None:
            return b""
        if self._stop is not None:
            left = self._stop - self.count
            size = left if size < 0 else min(size, left)
            if size <= 0:
                return b""
        try:
            data = self._raw.read(size)
        except DAMAGE as error:
            self.damage = f"{type(error).__name__}: {error}"
            return b""
        self.count += len(data)
        self.digest.update(data)
        limits = self._limits
        if self.count > limits.dump_bytes:
            raise UnsafeError(f"more than {limits.dump_bytes:,} bytes")
        if (
            self._packed is not None
            and self.count > limits.ratio_from
            and self.count > limits.ratio * max(self._packed, 1)
        ):
            raise UnsafeError(f"unpacks to more than {limits.ratio:g} times its size")
        return data

    def close(self) -> None:
        """Close the stream below."""
        self._raw.close()


class Unpacked:
    """A decompressor that closes the stream below it too.

    It hands out what it has at once: a buffered read would lose what stands before damage.
    """

    def __init__(self, kind: str, raw: Opened, limits: Limits) -> None:
        self._raw = raw
        try:
            self._file = _decompressor(kind, raw, limits)
        except BaseException:
            raw.close()
            raise

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, a megabyte at most."""
        most = min(size, CHUNK_BYTES) if size >= 0 else CHUNK_BYTES
        data: bytes = self._file.read1(most)
        return data

    def close(self) -> None:
        """Close the decompressor and what it reads from."""
        self._file.close()
        self._raw.close()


def _decompressor(kind: str, raw: Opened, limits: Limits) -> Any:
    source: Any = raw
    if kind == "gz":
        import gzip

        return gzip.GzipFile(fileobj=source)
    if kind == "bz2":
        return bz2.BZ2File(source)
    if kind == "xz":
        return _Xz(source, limits)
    if kind == "zst":
        return _Zst(source, limits)
    if kind == "member":
        return source
    raise ValueError(f"no decompressor for {kind!r}")


class _Xz:
    """`lzma.LZMAFile` lets a file ask for any amount of memory; this one does not."""

    def __init__(self, raw: Any, limits: Limits) -> None:
        self._raw = raw
        self._limit = limits.window_bytes
        self._decoder = self._new()
        self._ended = False

    def _new(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=lzma.FORMAT_AUTO, memlimit=self._limit)

    def read1(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        while not self._ended:
            decoder = self._decoder
            if decoder.eof:
                rest = decoder.unused_data or self._raw.read(CHUNK_BYTES)
                rest = rest.lstrip(b"\x00")  # padding between streams
                if not rest:
                    self._ended = True
                    break
                self._decoder = decoder = self._new()
                data = decoder.decompress(rest, size)
            elif decoder.needs_input:
                packed = self._raw.read(1 << 16)
                if not packed:
                    self._ended = True
                    raise EOFError("compressed file ended before the end-of-stream marker")
                data = decoder.decompress(packed, size)
            else:
                data = decoder.decompress(b"", size)
            if data:
                return data
        return b""

    def close(self) -> None:
        """Nothing to release."""


class _Zst:
    """`zstandard`'s own reader does not say that a file was cut off; this one does.

    It takes 512 bytes at a time, which are 16 MB at most: a block of 128 KB may be four bytes.
    """

    def __init__(self, raw: Any, limits: Limits) -> None:
        self._raw = raw
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=limits.window_bytes)
        self._frame = self._decompressor.decompressobj()
        self._out = memoryview(b"")
        self._ended = False

    def read1(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        while not self._out and not self._ended:
            if self._frame.eof:
                packed = self._frame.unused_data or self._raw.read(512)
                self._ended = not packed
                if packed:
                    self._frame = self._decompressor.decompressobj()
            else:
                packed = self._raw.read(512)
                if not packed:
                    self._ended = True
                    raise EOFError("compressed file ended before the end of its last frame")
            if packed:
                self._out = memoryview(self._frame.decompress(packed))
        data, self._out = bytes(self._out[:size]), self._out[size:]
        return data

    def close(self) -> None:
        """Nothing to release."""


class Rewound:
    """A spooled member, read again from its start; closing leaves the spool open.

    Several may be read at the same time: each keeps its own place.
    """

    def __init__(self, spool: Any) -> None:
        if spool.closed:
            raise SpoolGoneError("read the pieces of a dump before asking for the next dump")
        self._spool = spool
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        self._spool.seek(self._at)
        data: bytes = self._spool.read(size)
        self._at += len(data)
        return data

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to `offset`."""
        self._spool.seek(self._at)
        self._at = self._spool.seek(offset, whence)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def close(self) -> None:
        """Leave the spool open: it may be read again."""


def copy(raw: Opened, spool: Any) -> None:
    """Copy a stream into a file and rewind it."""
    while chunk := raw.read(CHUNK_BYTES):
        spool.write(chunk)
    spool.seek(0)
