"""XML and SGML whose elements are named like the fields of articles: an archive's own export.

No vendor's format: which element is an article is found in the dump itself, by the alias table
(`aliases.toml`). English Gigaword, the TREC newswire disks, corpora that write `<doc title="…"
url="…">` and most home-made exports read this way. SGML may leave end tags of paragraphs out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial

from transforms.read.fields import Aliases, aliases, plain_name
from transforms.read.iptc import (
    Element,
    Story,
    address,
    finished,
    items,
    language_of,
    line_of,
    name_of,
    place_line,
    plain,
    root_of,
    string_story,
    words,
)
from transforms.read.markup import local
from transforms.read.pieces import Row, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_TAG = re.compile(
    r"<!--.{0,20000}?-->|<!\[CDATA\[|<(/?)(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})"
    r"((?:\s[^<>]{0,2000})?)>",
    re.S,
)
_ATTRIBUTE = re.compile(r"(?:^|\s)(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})\s{0,3}=")
_MOST_OPEN = 200
_SHARE = 0.5
_ELSEWHERE = frozenset(["html", "rss", "feed", "rdf", "urlset", "opml", "svg"])
_DAY_IN_ID = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_SHORT_DAY_IN_ID = re.compile(r"[A-Za-z]{1,2}(\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?=-\d)")
_MORE_NAMES = {
    "title": ("head", "hl", "ti", "h3"),
    "external_id": ("docno", "itemid", "newsid"),
    "date": ("dd", "date1", "pub_date"),
    "body": ("txt", "paragraphs", "contents", "fulltext"),
    "description": ("lead_para", "teaser"),
}
_WEAK = ("name",)
"""A headline in a table's head, but any person's or place's name where elements nest."""
"""Names that mean a field where elements are named so, but too little as a column of a table."""


def _table(given: Aliases | None) -> Aliases:
    shipped = aliases()
    table = dict(shipped if given is None else given)
    for name in _WEAK:
        if table.get(name) == shipped.get(name):
            table.pop(name, None)
    for column, more in _MORE_NAMES.items():
        for rank, name in enumerate(more, start=100):
            table.setdefault(plain_name(name), (column, rank))
    return table


@dataclass(slots=True)
class _Node:
    """An element of the head: its name, its column, what its attributes name, and what is in it."""

    name: str
    column: str | None
    attributes: frozenset[str]
    parent: _Node | None
    depth: int
    columns: set[str] = field(default_factory=set)  # of outermost fields below
    titles: int = 0
    bodies: int = 0
    inside: bool = False  # a body
    closed: bool = False


def _nodes(head: str, table: Aliases) -> list[_Node]:
    """Return the elements that start in `head`, in order; end tags that are missing do no harm."""
    found: list[_Node] = []
    stack: list[_Node] = []
    at = 0
    for tag in _TAG.finditer(head):
        if tag.start() < at:
            continue
        at = tag.end()
        name = tag[2]
        if name is None:
            if tag.group() == "<![CDATA[":
                close = head.find("]]>", at)
                at = close + 3 if close >= 0 else len(head)
            continue
        if tag[1]:
            for back, node in enumerate(reversed(stack), start=1):
                if node.name == name:
                    for open_ in stack[-back:]:
                        open_.closed = True
                    del stack[-back:]
                    break
            continue
        parent = stack[-1] if stack else None
        entry = table.get(plain_name(name))
        given = frozenset(
            table[key][0] for key in map(plain_name, _ATTRIBUTE.findall(tag[3])) if key in table
        )
        inside = parent is not None and (parent.inside or parent.column == "body")
        node = _Node(name, entry[0] if entry else None, given, parent, len(stack), inside=inside)
        found.append(node)
        if tag[3].endswith("/"):
            node.closed = True
        elif len(stack) < _MOST_OPEN:
            stack.append(node)
    return found


def _count(nodes: Sequence[_Node]) -> None:
    """Tell every element which fields are in it; a field inside a field counts for that one."""
    for node in nodes:
        if node.column is None:
            continue
        above = node.parent
        while above is not None:
            above.columns.add(node.column)
            above.titles += node.column == "title"
            above.bodies += node.column == "body"
            if above.column is not None:
                break
            above = above.parent


def _layout(head: str, table: Aliases) -> tuple[str, frozenset[str]] | None:
    """Return the name of the elements that are articles and those of their bodies, or None."""
    root = root_of(head)
    if root is None or root[0].lower() in _ELSEWHERE:
        return None
    nodes = _nodes(head[root[1] :], table)
    _count(nodes)
    by_name: dict[str, list[_Node]] = defaultdict(list)
    for node in nodes:
        by_name[node.name].append(node)
    for name, all_ in by_name.items():
        whole = [node for node in all_ if node.closed]
        by_name[name] = whole or all_
    for test in (_has_both, _has_both_inside, _has_body, _is_body):
        fitting = {
            name: those
            for name, those in by_name.items()
            if sum(map(test, those)) >= _SHARE * len(those)
        }
        if fitting:
            bodies = frozenset(node.name for node in nodes if node.column == "body")
            return min(fitting, key=lambda name: _rank(fitting[name])), bodies
    return None


def _has_both(node: _Node) -> bool:
    titled = node.titles > 0 or "title" in node.attributes
    return titled and node.bodies > 0 and not node.inside


def _has_both_inside(node: _Node) -> bool:
    return node.titles > 0 and node.bodies > 0


def _has_body(node: _Node) -> bool:
    """A body and something that tells one article from the next: untitled wire copy."""
    marks = (node.columns | node.attributes) & {"external_id", "date", "url", "source", "dateline"}
    return node.bodies > 0 and bool(marks)


def _is_body(node: _Node) -> bool:
    """Text with its fields in attributes: `<doc id="…" title="…">`."""
    return bool(node.attributes & {"title", "url", "date"}) and not node.inside


def _rank(nodes: Sequence[_Node]) -> tuple[float, float, float]:
    """Order candidates: least that is there twice, most fields, outermost."""
    count = len(nodes)
    twice = sum(max(node.titles, 1) + max(node.bodies, 1) for node in nodes) / count
    fields = sum(len(node.columns | node.attributes) for node in nodes) / count
    return round(twice, 1), -round(fields, 1), min(node.depth for node in nodes)


@lru_cache(maxsize=4)
def _shipped_layout(head: str) -> tuple[str, frozenset[str]] | None:
    return _layout(head, _table(None))


def sniff(head: str, name: str) -> float:
    """Elements that repeat, with others in them named like a headline and a body."""
    return 0.6 if _shipped_layout(head) is not None else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an article's element; what stands around them is framing."""
    table = _table(source.aliases)
    layout = _layout(source.head, table)
    if layout is None:
        for _ in source.chunks():
            pass
        detail = "no element that is named like a headline, a body or a field of [fields]"
        if source.total:
            yield reject(0, source.total, "unsupported", detail, source.head)
        return
    name, bodies = layout
    yield from tile(items(source, (name,), bodies or (name,), partial(_item, table)))


def _item(table: Aliases, tree: Element, start: int, end: int, text: str) -> Row:
    """Fill the columns from the element's attributes and the fields in it, the best name first."""
    found: dict[str, tuple[int, list[Element]]] = {}
    for element in _fields(tree, table):
        column, rank = table[plain_name(local(element))]
        best, those = found.setdefault(column, (rank, []))
        if rank == best:
            those.append(element)
        elif rank < best:
            found[column] = (rank, [element])
    elements = {column: those for column, (_, those) in found.items()}
    given: dict[str, tuple[int, str]] = {}
    for key, value in tree.attrib.items():
        entry = table.get(plain_name(str(key).rpartition("}")[2]))
        words_ = " ".join(str(value).split())
        if (
            entry is not None
            and words_
            and (entry[0] not in given or entry[1] < given[entry[0]][0])
        ):
            given[entry[0]] = (entry[1], words_)

    def line(column: str) -> str | None:
        lines = filter(None, map(line_of, elements.get(column, [])))
        return next(lines, None) or (given[column][1] if column in given else None)

    story = Story(
        _paragraphs(elements.get("body") or ([] if elements.get("title") else [tree])),
        title=line("title"),
        byline=", ".join(dict.fromkeys(filter(None, map(_writer, elements.get("byline", [])))))
        or None,
        dateline=place_line(line("dateline")),
        source=line("source"),
        language=line("language") or language_of(tree),
        external_id=line("external_id"),
        url=address(line("url")),
        abstract=_paragraphs(elements.get("description", [])),
        dates=[*map(line_of, elements.get("date", [])), line("date")],
    )
    story.dates.append(_day_in(story.external_id))
    return finished(story, start, end, text)


def _fields(tree: Element, table: Aliases) -> Iterator[Element]:
    """Yield the outermost elements below `tree` that are named like fields."""
    stack = [iter(tree)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif plain_name(local(child)) in table:
            yield child
        else:
            stack.append(iter(child))


def _day_in(identifier: str | None) -> str | None:
    """Return the day that corpora put into an article's id (`NYT_ENG_19940701.0001`)."""
    if identifier is None:
        return None
    if match := _DAY_IN_ID.search(identifier):
        return "-".join(match.groups())
    if match := _SHORT_DAY_IN_ID.match(identifier):
        year, month, day = match.groups()
        return f"{month}/{day}/{year}"
    return None


def _writer(element: Element) -> str | None:
    return name_of(line_of(element)) or line_of(element)


def _paragraphs(elements: Sequence[Element]) -> list[str]:
    """Return the paragraphs of a field: its blocks, its wrapped lines, or the mark-up it quotes."""
    found: list[str] = []
    for element in elements:
        if len(element) == 0:
            found += string_story(element.text or "").lines
        else:
            found += words([element], apart=False)[0]
    return found


register(
    Reader(
        "xml",
        sniff,
        read,
        plain=plain,
        about="XML or SGML with elements named like fields: Gigaword, TREC, an archive's own",
    )
)
