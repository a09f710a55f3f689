r"""RTF to plain text, by `striprtf`, with what that library cannot take put right beforehand.

Put right are: pictures and objects (megabytes of digits), bytes outside ASCII, code pages that
Python calls by other names, control words with impossible arguments, several documents one after
another. Footnotes stay, where they are noted; cells of a table are parted by tabs.
Format: Microsoft, "Rich Text Format Specification", version 1.9.1, 2008.
"""

from __future__ import annotations

import codecs
import re
from typing import IO

from striprtf.striprtf import rtf_to_text

from transforms.read.registry import Decoder, register

BYTES_PER_CHAR = 8
"""How many bytes of RTF without its pictures are allowed for each character of the limit."""
_CHUNK = 1 << 20
_TAIL = 64
_BINARY = re.compile(rb"\\bin(\d{1,10}) ?")
_DIGITS = re.compile(rb"(?<![0-9a-fA-F])(?>[0-9a-fA-F]{32,4096}+[ \t\r\n]{0,8}+){8,4096}+")
_HIGH = re.compile(rb"[\x80-\xff]")
_NULS = re.compile(rb"\x00+")
_WORD = re.compile(
    r"\\(?:(u|uc|ansicpg|bin)(-?\d{0,12})(?![A-Za-z0-9])"
    r"|(fldinst|footnote|cell|nestcell|nestrow|bin[A-Za-z]{1,20})(?![A-Za-z])(?:-?\d{1,10})?)"
)
_PAGE = re.compile(r"\\ansicpg(\d{3,5})(?!\d)")
_BRACE = re.compile(r"[{}]")
_FONT = re.compile(r"\\(f|fcharset)(\d{1,5})(?!\d)")
_START = re.compile(r"\{\s{0,8}\\rtf\d")
_CHARSETS = {"78": "128", "79": "136", "80": "129", "81": "178", "82": "177", "83": "161",
             "86": "238", "87": "204", "88": "222", "89": "238"}  # fmt: skip
"""Character sets of the old Mac OS that Python has no codec for, and their nearest on Windows."""
_PLAIN = {"cell": r"\tab", "nestcell": r"\tab", "nestrow": r"\line", "footnote": r"\tab",
         }  # fmt: skip
_DEFAULT_CHARSET = "1"


def sniff(head: bytes, name: str) -> float:
    """The group and control word that every RTF file starts with."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return 0.97 if start.startswith(b"{\\rtf") else 0.0


def decode(file: IO[bytes], limit: int) -> str:
    r"""Return the text of an RTF file, paragraphs ended by a newline.

    Bytes that are not ASCII and `\'xx` are read in the code page of their font, else of the
    document. Raises `ValueError` where the file is damaged or holds more than `limit` characters.
    """
    text = _without_pictures(file, BYTES_PER_CHAR * limit).decode("ascii")
    starts = [match.start() for match in _START.finditer(text) if _is_document(text, match.start())]
    if not starts:
        raise ValueError("no RTF document in this file")
    out: list[str] = []
    size = 0
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        try:
            found = _converted(text[start:stop])
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            raise ValueError(f"damaged RTF: {error}") from error
        out.append(found if found.endswith("\n") else found + "\n")
        size += len(found)
        if size > limit:
            raise ValueError("its text is over the size limit")
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _converted(text: str) -> str:
    page = _PAGE.search(text, 0, 4096)
    encoding = f"cp{page[1]}" if page else "cp1252"
    try:
        codecs.lookup(encoding)
    except LookupError:
        encoding = "cp1252"
    mended = _WORD.sub(_mend, _with_charsets(text))
    plain: str = rtf_to_text(mended, encoding, errors="replace")  # type: ignore[no-untyped-call]
    return plain


def _with_charsets(text: str) -> str:
    """State the character set of every font: the library gives one without the next one's."""
    start = text.find("\\fonttbl")
    if start < 0:
        return text
    depth = 1
    end = len(text)
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace.group() == "{" else -1
        if not depth:
            end = brace.start()
            break
    fonts: dict[str, str] = {}
    font = ""
    for match in _FONT.finditer(text, start + len("\\fonttbl"), end):
        if match[1] == "f":
            font = match[2]
            fonts.setdefault(font, _DEFAULT_CHARSET)
        else:
            fonts[font] = _CHARSETS.get(match[2], match[2])
    table = "".join(
        rf"{{\f{font}\fcharset{charset} x;}}" for font, charset in fonts.items() if font
    )
    return rf"{text[:start]}\fonttbl{table}{text[end:]}"


def _is_document(text: str, at: int) -> bool:
    r"""Say whether `{\rtf1` starts a document: at the start, or where the one before was closed."""
    before = text[max(at - 200, 0) : at].rstrip()
    return not before or before.endswith("}")


def _without_pictures(file: IO[bytes], most: int) -> bytes:
    r"""Return the file as ASCII: bytes of pictures left out, others above 127 as `\'xx`."""
    kept: list[bytes] = []
    size = 0
    carry = b""
    skip = 0  # bytes of a picture that are still to come
    while True:
        data = file.read(_CHUNK)
        if skip:
            drop = min(skip, len(data))
            data, skip = data[drop:], skip - drop
            if not data and drop:
                continue
        buffer = carry + data
        at = 0  # what stands before is kept or left out already
        found = _BINARY.search(buffer)
        while found is not None and (not data or found.end() < len(buffer)):
            kept.append(_ascii(buffer[at : found.start()]))
            size += len(kept[-1])
            at = found.end() + int(found[1])
            skip = max(at - len(buffer), 0)
            found = None if skip else _BINARY.search(buffer, at)
        buffer = buffer[at:]
        if found is not None:
            found = _BINARY.search(buffer)  # its number may go on in the next chunk
        if not data and not skip:
            kept.append(_ascii(buffer))
            break
        if skip:
            carry = b""
            if not data:
                break
            continue
        cut = max(len(buffer) - _TAIL, 0)
        if found is not None:
            cut = min(cut, found.start())
        kept.append(_ascii(buffer[:cut]))
        size += len(kept[-1])
        carry = buffer[cut:]
        if size > most:
            raise ValueError("more RTF than its text could need")
    return b"".join(kept)


def _ascii(data: bytes) -> bytes:
    data = _NULS.sub(b"", _DIGITS.sub(b"", data))
    return data if data.isascii() else _HIGH.sub(lambda m: b"\\'%02x" % m.group()[0], data)


def _mend(match: re.Match[str]) -> str:
    word, argument = match[1], match[2]
    if word is None:
        word = match[3]
        if word == "fldinst":  # else an address is put behind the words of its link
            return match.group() + " "
        # The library takes any word that starts with "bin" amid a picture for binary data.
        return "" if word.startswith("bin") else _PLAIN.get(word, match.group())
    if word == "bin":
        return ""
    if not argument or argument == "-":
        return {"u": "", "uc": r"\uc1", "ansicpg": ""}[word]
    number = int(argument)
    if word == "uc":
        return rf"\uc{min(max(number, 0), 8)}"
    if word == "u":
        return match.group() if -0x8000 <= number <= 0x10FFFF else r"\u65533"
    return rf"\ansicpg{number}" if number > 0 else r"\ansicpg1252"


register(Decoder("rtf", sniff, decode, about="Rich Text Format, such as LexisNexis's"))
