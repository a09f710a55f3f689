"""NITF, the IPTC's News Industry Text Format: one document, or many in any wrapper or none.

Format: IPTC, "NITF 3.6", https://iptc.org/standards/nitf/. A `nitf` element is an item. Besides
what agencies send, the blocks and fields are read that The New York Times Annotated Corpus has.
"""

from __future__ import annotations

from collections.abc import Iterator

from transforms.read.iptc import Element, finished, items, nitf_story, plain, recognise
from transforms.read.markup import find
from transforms.read.pieces import Row, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_MEDIA = frozenset(["photo", "picture", "image", "graphic", "video", "audio", "animation"])


def sniff(head: str, name: str) -> float:
    """The first element that belongs to one of the IPTC's formats is `nitf`."""
    format, sure = recognise(head, name)
    return sure if format == "nitf" else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject a `nitf` element; what stands around them is framing."""
    yield from tile(items(source, ("nitf",), ("body", "body.content"), _item))


def _item(tree: Element, start: int, end: int, text: str) -> Row:
    story = nitf_story(tree)
    subject = find(tree, "head", "tobject")
    kind = (subject.get("tobject.type") or "").lower() if subject is not None else ""
    return finished(story, start, end, text, kind=kind if kind in _MEDIA else None)


register(Reader("nitf", sniff, read, plain=plain, about="NITF documents, one or many in a file"))
