"""Bytes to text, a chunk at a time: which encoding, which line ends.

Offsets of `read` count characters of the decoded text after its byte order mark, with the line
ends that it came with.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import chardet
import ftfy

if TYPE_CHECKING:
    from transforms.read.fields import Aliases

CHUNK_BYTES = 1 << 20
HEAD_CHARS = 1 << 16
_ASCII = bytes(range(0x80))
_TAILS = bytes(range(0x80, 0xC0))
_CP1252_GAPS = frozenset(b"\x81\x8d\x8f\x90\x9d")
_C1 = frozenset(range(0x80, 0xA0))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
SAMPLE_BYTES = 64 << 10
_AROUND = 2000
_UNSURE = 0.1
"""`chardet` is less sure than this of Hungarian in English with Spanish names and pounds."""
_C1_TEXT = re.compile("[\x80-\x84\x86-\x9f]")
_BROKEN_WORD = re.compile(
    "(?<=[a-z])[^\x00-\x7fa-zß-öø-ÿĀ-ſœšžæı’‘“”«»…–—·ºª°²³½¼¾€£¥©®™§¶•†‡\xa0\xad]"
    "|[\x80-\x9f]|(?<=[a-z])[ŠŒŽŸ]|(?<=[a-z])[”“‘°²³½¼¾€£¥©®™§¶†‡•·…](?=[a-z])"
)
"""What stands in words of small letters only where a text is read in a wrong encoding."""
_PLAIN_MARKS = re.compile("[ \n\r0-9.,。、，]")
_NO_TEXT = frozenset(["Cn", "Co", "Cs", "Cc"])
_DECLARED = re.compile(
    rb"<\?xml[^<>]{0,200}encoding\s{0,3}=\s{0,3}[\"']([\w.:-]{2,40})"
    rb"|<meta\s[^<>]{0,300}charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w.:-]{2,40})",
    re.I,
)
_LEGACY = {
    "macroman": "mac_roman", "windows-1250": "cp1250", "iso-8859-2": "iso8859-2",
    "windows-1251": "cp1251", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "iso-8859-5": "iso8859-5",
    "maccyrillic": "mac_cyrillic", "ibm866": "cp866", "windows-1253": "cp1253",
    "iso-8859-7": "iso8859-7", "windows-1254": "cp1254", "iso-8859-9": "iso8859-9",
    "windows-1255": "cp1255", "iso-8859-8": "iso8859-8", "windows-1256": "cp1256",
    "iso-8859-6": "iso8859-6", "windows-1257": "cp1257", "windows-1258": "cp1258",
    "windows-874": "cp874", "tis-620": "tis-620", "cp932": "cp932", "shift_jis": "cp932",
    "euc-jp": "euc-jp", "iso-2022-jp": "iso-2022-jp", "gb18030": "gb18030", "gb2312": "gb18030",
    "gbk": "gb18030", "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "euc-kr": "cp949",
    "cp949": "cp949",
}  # fmt: skip
"""Legacy encodings that news dumps come in, as `chardet` and as Python call them."""
_SUPERSETS = {
    "x-gbk": "gb18030", "hz-gb-2312": "hz", "x-sjis": "cp932", "sjis": "cp932", "ms932": "cp932",
    "windows-31j": "cp932", "x-euc-jp": "euc-jp", "ks_c_5601-1987": "cp949", "ksc5601": "cp949",
    "windows-949": "cp949", "x-x-big5": "big5hkscs", "us-ascii": "cp1252", "ascii": "cp1252",
    "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "koi8-ru": "koi8-u",
    "dos-866": "cp866", "unicode-1-1-utf-8": "utf-8", "latin1": "latin-1",
}  # fmt: skip
"""Names that mark-up declares and Python does not know, or knows as less than browsers read."""
_WINDOWS = {
    "iso8859-1": "cp1252", "iso8859-2": "cp1250", "iso8859-4": "cp1257", "iso8859-5": "cp1251",
    "iso8859-6": "cp1256", "iso8859-7": "cp1253", "iso8859-8": "cp1255", "iso8859-9": "cp1254",
    "iso8859-11": "cp874", "iso8859-13": "cp1257", "iso8859-15": "cp1252", "tis-620": "cp874",
}  # fmt: skip
"""What a page was written in that uses bytes 0x80-0x9F, where its declaration has none there."""
_CHARSETS = re.compile(
    r"cp\d{3,4}|iso8859-\d{1,2}|koi8[-_][rut]|mac[-_][a-z0-9]{3,12}|gbk|gb2312|gb18030|hz|tis-620"
    r"|big5(?:hkscs)?|euc[-_][a-z0-9_]{2,8}|shift_jis\w{0,6}|iso2022_[a-z0-9_]{2,8}|johab"
)
_PLAIN = b"<meta charset>"
_MOJIBAKE = re.compile("[ÂÃâÐÑ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_FIX = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)


class EncodingSurvey:
    """Watches all bytes of a dump go by and says how to decode them; it never fails.

    Trial order: byte order mark, UTF-16 or UTF-32 without one, UTF-8, what mark-up declares of
    itself, then what `chardet` makes of the first 64 KB of lines that are not ASCII (Cyrillic, East
    Asian …), as long as it can decode what was seen. Where it is unsure, the Western encoding in
    which words stay whole: Windows-1252 if bytes 0x80-0x9F are used and none falls in its gaps,
    else Latin-1, unless Mac OS Roman or a code page of DOS fits better. A text that is UTF-8 but
    for a few bytes stays UTF-8, with replacement characters.

    `declared` is a charset stated beside the bytes (an HTTP header): it goes before what mark-up
    declares.
    """

    def __init__(self, declared: str | None = None) -> None:
        self._given = declared
        self._head = b""
        self._strict = codecs.getincrementaldecoder("utf-8")("strict")
        self._valid = True
        self._lenient = codecs.getincrementaldecoder("utf-8")("replace")
        self._errors = 0
        self._wide = 0
        self._high: set[int] = set()
        self._nul = False
        self._shifts = False
        self._sample = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the dump."""
        if len(self._head) < 4096:
            self._head += chunk[: 4096 - len(self._head)]
        self._nul = self._nul or b"\x00" in chunk
        self._shifts = self._shifts or b"\x1b$" in chunk
        if chunk.isascii() and not self._strict.getstate()[0]:
            return
        high = chunk.translate(None, _ASCII)
        self._high |= set(high)
        self._take_sample(chunk)
        if self._valid:
            try:
                self._strict.decode(chunk)
            except UnicodeDecodeError:
                self._valid = False
        text = self._lenient.decode(chunk)
        bad = text.count("\ufffd")
        self._errors += bad
        self._wide += max(len(high.translate(None, _TAILS)) - bad, 0)

    def _take_sample(self, chunk: bytes) -> None:
        """Keep the lines around bytes that are not ASCII, up to 2,000 bytes to each side."""
        at = 0
        while len(self._sample) < SAMPLE_BYTES:
            found = _NOT_ASCII.search(chunk, at)
            if found is None:
                return
            place = found.start()
            begin = max(at, place - _AROUND, chunk.rfind(b"\n", at, place) + 1)
            stop = chunk.find(b"\n", place, place + _AROUND) + 1 or place + _AROUND
            self._sample += chunk[begin:stop]
            at = stop

    def encoding(self) -> str:
        """Return the codec's name."""
        for mark, name in _BOMS:
            if self._head.startswith(mark):
                return name
        if self._nul and (wide := _without_mark(self._head)) is not None:
            return wide
        declared = self._declared()
        if self._shifts and declared == "iso2022_jp":  # all of it is ASCII
            return "iso2022_jp"
        if self._valid:
            try:
                self._strict.decode(b"", final=True)
                return "utf-8"
            except UnicodeDecodeError:
                self._errors += 1
        if self._errors and self._wide >= 10 * self._errors:
            return "utf-8"
        if declared is not None:
            return declared
        western = "latin-1"
        if self._high & _C1 and not self._high & _CP1252_GAPS:
            western = "cp1252"
        sample = bytes(self._sample)
        return _guess(sample, western) or _western(sample, western)

    def _declared(self) -> str | None:
        """Return the codec that is declared, None where there is none that can be right."""
        found = self._codec(self._given) if self._given else None
        if found is None and self._head.lstrip(b" \t\r\n").startswith(b"<"):
            match = _DECLARED.search(self._head)
            if match is not None:
                found = self._codec((match[1] or match[2]).decode("ascii", "replace"))
        return found

    def _codec(self, label: str) -> str | None:
        """Return Python's name of a declared charset, None where the bytes cannot be in it."""
        label = label.strip().lower()
        label = _SUPERSETS.get(label) or _LEGACY.get(label) or label
        try:
            info = codecs.lookup(label)
        except (LookupError, ValueError):
            return None
        name = info.name
        if not _CHARSETS.fullmatch(name) or _PLAIN.decode(name, "replace") != _PLAIN.decode():
            return None  # Unicode was tried; the rest is no charset (or EBCDIC, which this is not)
        if self._high & _C1 and name in _WINDOWS:
            wider = _WINDOWS[name]
            if wider != "cp1252" or not self._high & _CP1252_GAPS:
                name = wider
        if not self._decodes(name):
            return None
        return "latin-1" if name == "iso8859-1" else name

    def _decodes(self, name: str) -> bool:
        """Say whether the sample is text in a codec, but for one byte in a hundred."""
        try:
            text = bytes(self._sample).decode(name, "replace")
        except (LookupError, ValueError):
            return False
        return 100 * text.count("\ufffd") <= sum(map(bytes(self._sample).count, self._high))


def _guess(sample: bytes, western: str) -> str | None:
    """Return the legacy encoding that `sample` is in, None for Western ones and where unsure."""
    found = chardet.detect(sample)
    name = (found["encoding"] or "").lower()
    if name not in _LEGACY or found["confidence"] < _UNSURE:
        return None
    try:
        text = sample.decode(_LEGACY[name], "strict")
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:  # the sample may end inside a character
            return None
        text = sample[: error.start].decode(_LEGACY[name], "ignore")
    if _C1_TEXT.search(text) or _misfits(text) > _misfits(sample.decode(western, "replace")):
        return None
    return _LEGACY[name]


def _misfits(text: str) -> int:
    return len(_BROKEN_WORD.findall(text))


def _western(sample: bytes, usual: str) -> str:
    """Return the Western encoding in which letters go on in words as letters of the same case.

    Windows-1252 and Latin-1 unless Mac OS Roman or one of DOS's code pages fits far better.
    """
    misfits = {
        name: _misfits(sample.decode(name, "replace"))
        for name in (usual, "mac_roman", "cp850", "cp437")
    }
    best = min(misfits, key=lambda name: misfits[name])
    return best if misfits[usual] > 3 * misfits[best] + 2 else usual


def _without_mark(head: bytes) -> str | None:
    """Return UTF-32 or UTF-16 and its byte order, where `head` is text in it, else None.

    Text read in the wrong order of bytes is full of characters that there are none of, and its
    blanks, line ends and figures are gone.
    """
    if len(head) < 16:
        return None
    for name, high in (("utf-32-le", head[3::4]), ("utf-32-be", head[0::4])):
        if high.count(0) == len(high) and _as_text(head, name, 4) > 0.9:
            return name
    found = {name: _as_text(head, name, 2) for name in ("utf-16-le", "utf-16-be")}
    best = max(found, key=lambda name: found[name])
    return best if found[best] > 0.9 and found[best] > min(found.values()) + 0.02 else None


def _as_text(head: bytes, name: str, width: int) -> float:
    """Return how much of `head` is text in a codec of `width` bytes a character, 0 to 1."""
    text = head[: len(head) // width * width].decode(name, "ignore")
    if 2 * width * len(text) < len(head) or not _PLAIN_MARKS.search(text):
        return 0.0
    odd = sum(unicodedata.category(one) in _NO_TEXT for one in text if one not in "\t\r\n")
    return 1 - odd / len(text)


def looks_binary(head: bytes, encoding: str) -> bool:
    """Say whether `head` is no text: NUL bytes outside UTF-16/32, or mostly control characters."""
    if encoding.startswith(("utf-16", "utf-32")):
        return False
    if head.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"{\\rtf")):
        return True
    sample = head[:8192]
    control = sum(1 for byte in sample if byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1b")
    if sample.count(0) > 0.003 * len(sample) or control > 0.1 * max(len(sample), 1):
        return True
    high = len(sample.translate(None, _ASCII))
    return control > 0.03 * len(sample) and high > 0.25 * len(sample)  # packed or encrypted


@dataclass
class Line:
    """A line with its end; `text` is None where the line is longer than the reader's limit."""

    start: int
    end: int
    text: str | None


class TextSource:
    """The decoded text of a dump, to be read once from its start.

    `head` holds the first 64 thousand characters. `total` is how many characters have been
    handed out; `replaced` whether any byte could not be decoded. `max_record` is the longest
    record, line or document, in characters; `aliases` are the names of fields (`fields.aliases`).
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        encoding: str,
        name: str,
        *,
        max_record: int,
        aliases: Aliases | None = None,
    ) -> None:
        self.name = name
        self.max_record = max_record
        self.aliases = aliases
        self.total = 0
        self.replaced = False
        self._read = read
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._done = False
        self._pending = ""
        while len(self._pending) < HEAD_CHARS and not self._done:
            self._pending += self._next()
        self.head = self._pending[:HEAD_CHARS]

    @property
    def done(self) -> bool:
        """Whether the last chunk has been handed out or is being worked on."""
        return self._done

    def _next(self) -> str:
        data = self._read(CHUNK_BYTES)
        text = self._decoder.decode(data, final=not data)
        self._done = not data
        self.replaced = self.replaced or "\ufffd" in text
        return text

    def chunks(self) -> Iterator[str]:
        """Yield the text in pieces of about a megabyte."""
        pending, self._pending = self._pending, ""
        while True:
            following = ""  # read ahead, so that `done` is known while the last chunk is worked on
            while not following and not self._done:
                following = self._next()
            if pending:
                self.total += len(pending)
                yield pending
            if not following:
                return
            pending = following

    def whole(self) -> str | None:
        """Return the whole text, or None where it is longer than `max_record`.

        Read to its end either way, in bounded memory, so that `total` is the text's length.
        """
        parts: list[str] = []
        for chunk in self.chunks():
            if self.total <= self.max_record:
                parts.append(chunk)
            else:
                parts = []
        return "".join(parts) if self.total <= self.max_record else None

    def lines(self) -> Iterator[Line]:
        r"""Yield lines that end in `\n`, `\r\n` or `\r`, ends included, in bounded memory."""
        start = position = 0
        parts: list[str] = []
        size = 0
        dropped = False
        carry = ""
        for chunk in self.chunks():
            chunk = carry + chunk
            carry = ""
            if chunk.endswith("\r"):  # the next chunk may start with its \n
                chunk, carry = chunk[:-1], "\r"
            at = 0
            for match in _LINE_END.finditer(chunk):
                stop = match.end()
                piece = chunk[at:stop]
                at = stop
                position += len(piece)
                size += len(piece)
                if dropped or size > self.max_record:
                    yield Line(start, position, None)
                elif parts:
                    parts.append(piece)
                    yield Line(start, position, "".join(parts))
                else:
                    yield Line(start, position, piece)
                start, parts, size, dropped = position, [], 0, False
            rest = chunk[at:]
            if rest:
                position += len(rest)
                size += len(rest)
                dropped = dropped or size > self.max_record
                parts = [] if dropped else [*parts, rest]
        if carry:
            position += 1
            size += 1
            parts.append(carry)
        if size:
            whole = None if dropped or size > self.max_record else "".join(parts)
            yield Line(start, position, whole)


@dataclass
class BinarySource:
    """The bytes of a dump that is no text: a seekable file at its start.

    `max_record` bounds one record, in bytes or characters of its text.
    """

    file: IO[bytes]
    name: str
    max_record: int
    aliases: Aliases | None = None


_LINE_END = re.compile(r"\r\n|\n|\r")


def is_broken(text: str) -> bool:
    """Say whether `repair` may change anything in `text`."""
    return any(lead in text for lead in "ÂÃâÐÑ") and _MOJIBAKE.search(text) is not None


def repair(text: str) -> str:
    """Undo mojibake (UTF-8 once decoded as Windows-1252) where there is any; see `ftfy`."""
    if not is_broken(text):
        return text
    return ftfy.fix_text(text, _FIX)


_NOTHING = [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]
_NOTHING += [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFF9, 0xFFFA, 0xFFFB]
_CLEAN = {
    **dict.fromkeys(_NOTHING),
    **dict.fromkeys((0x09, 0x0B, 0x0C, 0xA0, 0x2007, 0x202F), " "),
    **dict.fromkeys((0x85, 0x2028, 0x2029), "\n"),
    0x0A: "\n",
}
_DIRTY = re.compile(f"[{''.join(chr(code) for code in _CLEAN if code != 0x0A)}]")


def clean(text: str) -> str:
    """Return `text` as people see it, for a headline or a body.

    Control characters, soft hyphens, zero-width blanks, byte order marks and marks that change the
    direction of writing go; unusual blanks become a space, unusual line ends a newline. Joiners,
    which Persian and Indic scripts need, stay.
    """
    return text.translate(_CLEAN) if _DIRTY.search(text) else text
