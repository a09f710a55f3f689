"""XML without its dangers: elements found by scanning, each parsed on its own.

A dump of many records is never parsed whole. `slices` finds the elements that are records in the
decoded text, in bounded memory, so that every record has its exact span and a broken one costs
none of its neighbours. `parse` then builds a tree of one slice: no document type, so no entity can
be defined or expanded, nothing is fetched, and depth and size are bounded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5

from lxml import etree

from transforms.read.text import TextSource

_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_REFERENCE = re.compile(r"&#(?:[xX]0{0,20}([0-9a-fA-F]{1,6})|0{0,20}(\d{1,7}));?")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_TAG = re.compile(r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<[/!?]?[A-Za-z?][^<>]*>", re.S)
_OVERLAP = 300


@dataclass(frozen=True, slots=True)
class Slice:
    """An element and what stands around it.

    `name` is the element's local name, None for what stands between elements. `text` is None
    where it is longer than the source's `max_record`. `broken` marks an element whose end tag is
    missing.
    """

    start: int
    end: int
    text: str | None
    name: str | None
    broken: bool = False


def slices(source: TextSource, names: frozenset[str]) -> Iterator[Slice]:
    """Cut a text into the elements called one of `names` and what stands between them.

    Namespace prefixes are passed over and case matters. The elements may not nest in each other:
    where one starts inside another, the first has lost its end tag. Comments and CDATA sections
    hide what is in them. The slices tile the text.
    """
    wanted = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    token = re.compile(
        rf"<!--|<!\[CDATA\[|<(/?)(?:[A-Za-z_][\w.-]{{0,60}}:)?({wanted})(?=[\s/>])([^<>]{{0,4000}}>)?"
    )
    buffer = ""
    offset = 0  # of the buffer's first character
    at = 0  # where the scan goes on
    begin = 0  # of the open slice, in the buffer
    begun: str | None = None  # the open element
    lost = False  # the open slice is too long to be kept
    start = 0  # of the open slice, in the text
    hidden: str | None = None  # what ends the comment or section that the scan is in

    def cut(stop: int, *, name: str | None, broken: bool = False) -> Iterator[Slice]:
        nonlocal at, begin, start, lost
        end = offset + stop
        if end > start:
            long = lost or stop - begin > source.max_record
            yield Slice(start, end, None if long else buffer[begin:stop], name, broken)
        at, begin, start, lost = stop, stop, end, False

    for chunk in source.chunks():
        buffer, offset = buffer[begin:] + chunk, offset + begin
        at, begin = at - begin, 0
        while True:
            if hidden is not None:
                close = buffer.find(hidden, at)
                if close < 0:
                    at = max(len(buffer) - len(hidden) + 1, at)
                    break
                at = close + len(hidden)
                hidden = None
            found = token.search(buffer, at)
            if found is None:
                at = max(at, len(buffer) - _OVERLAP)
                break
            sign = found.group()
            if sign == "<!--":
                hidden, at = "-->", found.end()
                continue
            if sign == "<![CDATA[":
                hidden, at = "]]>", found.end()
                continue
            if found[3] is None and len(buffer) - found.start() < 4500 and not source.done:
                at = found.start()  # the tag goes on in the next chunk
                break
            if found[1]:
                at = found.end()
                if begun == found[2]:
                    yield from cut(found.end(), name=begun)
                    begun = None
                continue
            if begun is not None or offset + found.start() > start:
                yield from cut(found.start(), name=begun, broken=begun is not None)
            begun = found[2]
            at = found.end()
            if found[3] is not None and found[3].endswith("/>"):
                yield from cut(at, name=begun)
                begun = None
        if len(buffer) - begin > source.max_record:
            # Keep only what the scan still needs; the slice's text is given up.
            begin = min(at, len(buffer))
            lost = True
    if len(buffer) > begin or offset + begin > start:
        yield from cut(len(buffer), name=begun, broken=begun is not None)


def parse(text: str) -> etree._Element | None:
    """Build the tree of one element; None where there is none in `text`.

    Lenient: unclosed and unknown tags are mended, HTML's named entities are understood, prefixes
    of namespaces need no declaration (see `local`). Nothing is expanded or fetched.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    clean = _ENTITY.sub(_named, _INVALID.sub(" ", text.lstrip("\ufeff \t\r\n")))
    clean = _REFERENCE.sub(_numbered, clean)
    try:
        return etree.fromstring(clean.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _named(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_ENTITIES:
        return match.group()
    found = html5.get(name + ";")
    return html.escape(found) if found else html.escape(match.group())


def _numbered(match: re.Match[str]) -> str:
    """Leave out references to what is no character: half of a surrogate pair breaks the tree."""
    code = int(match[1], 16) if match[1] else int(match[2])
    wrong = code > 0x10FFFF or _INVALID.match(chr(code)) is not None
    return " " if wrong else match.group()


def local(element: etree._Element) -> str:
    """Return an element's name without namespace or prefix."""
    tag = element.tag
    if not isinstance(tag, str):  # an entity reference
        return ""
    return tag.rpartition("}")[2].rpartition(":")[2]


def find_all(element: etree._Element, *path: str) -> list[etree._Element]:
    """Return the elements reached by a path of local names; `**` before a name skips any levels."""
    found = [element]
    deep = False
    for name in path:
        if name == "**":
            deep = True
            continue
        step: list[etree._Element] = []
        for parent in found:
            candidates = parent.iterdescendants() if deep else iter(parent)
            step += [child for child in candidates if local(child) == name]
        found, deep = step, False
    return found


def find(element: etree._Element, *path: str) -> etree._Element | None:
    """Return the first element that `find_all` finds, or None."""
    found = find_all(element, *path)
    return found[0] if found else None


def text_of(element: etree._Element | None) -> str | None:
    """Return the words in an element, blanks folded, or None where there are none."""
    if element is None:
        return None
    words = " ".join(_strings(element))
    return " ".join(words.split()) or None


def _strings(element: etree._Element) -> Iterator[str]:
    for part in element.itertext():
        yield str(part)


def plain(text: str) -> str:
    """Return the words of mark-up: tags become blanks, CDATA and entities what they stand for."""
    return html.unescape(_TAG.sub(lambda match: f" {match[1] or ''} ", text))
