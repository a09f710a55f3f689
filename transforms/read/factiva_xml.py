"""Factiva articles as XML: `article` elements, each in a `ppsarticle`, in a response of a search.

The elements are those of the namespace http://global.factiva.com/pps/2.0, whatever wraps them:
`PPSResponse`, responses of other of the vendor's services, nothing. There is no public schema; they
were learnt from responses and from programs that read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.read.iptc import (
    Element,
    Story,
    address,
    finished,
    items,
    line_of,
    name_of,
    place_line,
    plain,
    root_of,
    soft_lines,
)
from transforms.read.markup import find, find_all, local
from transforms.read.pieces import Row, declared, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_ARTICLE = re.compile(r"<(?:[\w.-]{1,60}:)?article[\s>]")
_OWN = re.compile(
    r"<(?:[\w.-]{1,60}:)?(?:accessionNo|leadParagraph|tailParagraphs|ppsarticle|ppsArticle|sourceCode"
    r"|baseLanguage)[\s/>]"
)
_COUNT = re.compile(
    r"<(?:[\w.-]{1,60}:)?ppsarticleResultSet\s[^<>]{0,400}?\bcount\s{0,3}=\s{0,3}[\"'](\d{1,7})[\"']"
)
_OVERLAP = 600
_OTHERS = frozenset(["html", "rss", "feed", "RDF", "urlset"])


def sniff(head: str, name: str) -> float:
    """Elements that only the vendor has, around and in `article`."""
    root = root_of(head)
    if root is None or root[0] in _OTHERS:
        return 0.0
    own = {match.group().strip("</> \t\r\n") for match in _OWN.finditer(head)}
    if len(own) > 2 and _ARTICLE.search(head):
        return 0.97
    return 0.9 if root[0] == "PPSResponse" else 0.0


class _Watched(TextSource):
    """A source that notes, as its chunks go by, how many articles responses say they hold."""

    def __init__(self, source: TextSource) -> None:
        self.__dict__ = source.__dict__  # the same text, read once
        self._source = source
        self.counts: list[int] = []

    def chunks(self) -> Iterator[str]:
        """Yield the text in pieces."""
        tail = ""
        for chunk in self._source.chunks():
            for match in _COUNT.finditer(tail + chunk):
                if match.end() > len(tail):
                    self.counts.append(int(match[1]))
            tail = (tail + chunk)[-_OVERLAP:]
            yield chunk


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an `article`; what stands around them is framing."""
    watched = _Watched(source)
    ends = ("headline", "leadParagraph", "tailParagraphs")
    yield from tile(items(watched, ("article",), ends, _item))
    for count in watched.counts:
        yield declared(count, f'count="{count}"')


def _item(tree: Element, start: int, end: int, text: str) -> Row:
    date = find(tree, "publicationDate")
    day = line_of(find(date, "date")) if date is not None else None
    instant = line_of(find(date, "dateTime")) if date is not None else None
    clock = line_of(find(tree, "publicationTime"))
    story = Story(
        title=line_of(find(tree, "headline")),
        byline=name_of(line_of(find(tree, "byline"))),
        dateline=place_line(line_of(find(tree, "dateline"))),
        source=line_of(find(tree, "sourceName")) or line_of(find(tree, "publisherName")),
        language=line_of(find(tree, "baseLanguage")),
        external_id=line_of(find(tree, "accessionNo")),
        url=address(line_of(find(tree, "webPublicationUrl")) or line_of(find(tree, "url"))),
        dates=[instant, f"{day} {clock}" if day and clock else None, day, line_of(date)],
        lines=[line for part in find_all(tree, "leadParagraph") for line in _lines(part)],
        abstract=_lines(find(tree, "snippet")),
    )
    story.lines += [line for part in find_all(tree, "tailParagraphs") for line in _lines(part)]
    return finished(story, start, end, text)


def _lines(element: Element | None) -> list[str]:
    """Return the paragraphs in an element: its `paragraph` elements, else what its text parts."""
    if element is None:
        return []
    paragraphs = [one for one in element.iterdescendants() if local(one) == "paragraph"]
    if not paragraphs:
        return soft_lines("".join(map(str, element.itertext())))
    found: list[str] = []
    for one in paragraphs:
        text = "".join(map(str, one.itertext()))
        if (one.get("display") or "").lower() == "fixed":  # a table: its lines are its rows
            found += [line for row in text.splitlines() if (line := " ".join(row.split()))]
        elif line := " ".join(text.split()):
            found.append(line)
    return found


register(
    Reader(
        "factiva-xml", sniff, read, plain=plain,
        about="Factiva articles as XML (PPSResponse, ppsarticle)",
    )
)  # fmt: skip
