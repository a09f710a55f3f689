"""What a web page says about its article: schema.org, OpenGraph, Dublin Core, its own mark-up.

Nothing is guessed from page furniture: a date that no statement about the article gives is left
out. The order of trust is JSON-LD, microdata, meta elements, visible mark-up, the address.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from transforms.read.dates import parse_date

_ARTICLE_TYPES = ("article", "posting", "report", "review", "newsitem")
_NOT_ARTICLES = ("webpage", "collectionpage", "breadcrumb", "aggregate", "claimreview")
_MAX_BLOCK = 4_000_000
_MAX_NODES = 20_000
_MAX_FIELD = 2_000
_MAX_LOOKS = 2_000
_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed", "@list", "hasPart")
_TITLE_NAMES = (
    "og:title", "twitter:title", "headline", "title", "dc.title", "dcterms.title", "parsely-title",
    "sailthru.title", "citation_title", "hdl", "cxenseparse:title",
)  # fmt: skip
_DATE_NAMES = (
    "article:published_time", "article:published", "og:article:published_time",
    "og:published_time", "og:pubdate", "datepublished", "parsely-pub-date", "sailthru.date",
    "pubdate", "publishdate", "publish-date", "publish_date", "publicationdate", "published",
    "published_at", "article.published", "published_time_telegram", "dc.date.issued",
    "dcterms.issued", "dcterms.date", "dc.date", "dc.date.created", "dcterms.created",
    "prism.publicationdate", "citation_publication_date", "citation_date",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "bt:pubdate",
    "rnews:datepublished", "article_date_original", "originalpublicationdate", "date", "pdate",
    "article.created", "created", "datecreated", "displaydate", "ptime",
)  # fmt: skip
_AUTHOR_NAMES = (
    "author", "authors", "byl", "article:author", "article:author_name", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "citation_author", "creator",
    "shareaholic:article_author_name", "rbauthors", "cxenseparse:author", "og:author", "byline",
)  # fmt: skip
_SITE_NAMES = (
    "og:site_name", "application-name", "dc.publisher", "dcterms.publisher", "publisher",
    "sailthru.publisher", "apple-mobile-web-app-title", "al:android:app_name", "copyright_holder",
)  # fmt: skip
_LANGUAGE_NAMES = ("content-language", "language", "dc.language", "dcterms.language", "og:locale")
_URL_NAMES = ("og:url", "parsely-link", "twitter:url", "dc.identifier", "syndication-source")
_ARCHIVED = re.compile(
    r"https?://(?:web\.archive\.org/web/\d{1,14}[a-z_]{0,4}/|archive\.(?:is|today|ph|li|vn|fo|md)/"
    r"[\d.\-]{4,20}/|webcache\.googleusercontent\.com/search\?q=cache:[\w-]{0,20}:?)"
    r"(https?:/?/?.{1,2000})"
)
_SAVED_FROM = re.compile(r"<!--\s{0,5}saved from url=\(\d{1,5}\)(\S{1,2000})\s")
BY = re.compile(r"^(?:written |reported |story )?(?:by|von|par|por|di|door|af|av)\s*:?\s+", re.I)
BYLINE = re.compile(
    r"[Bb][Yy]:?\s+[A-Z][\w'’.-]{0,30}(?:,?\s+(?:and\s+|&\s+)?[A-Z][\w'’.-]{0,30}){0,8}"
)
"""A line that is a byline and nothing else."""
_WORDS = re.compile(r"[^\W_]+")
_SUFFIX = re.compile(r"\s+(?:[|–—·•»«:-]|&raquo;)\s+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_URL_DATE = re.compile(
    r"/((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[/-]?"
    r"(0[1-9]|[12]\d|3[01])(?![\d])",
    re.I,
)
_ISO_IN_URL = re.compile(r"(?<!\d)((?:19|20)\d{2})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
_DATE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|dateline|pubdate|published|publish|timestamp|posted|time|datetime|created)"
    r"(?:$|[\s_-])|date(?:published|time)|publish(?:ed)?(?:date|on|at)|(?:pub|post|entry|article)date",
    re.I,
)
_FURNITURE = frozenset(["nav", "footer", "aside"])


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """Columns of `Pieces` that a page fills, and the text that its JSON-LD carries."""

    title: str | None
    byline: str | None
    source: str | None
    url: str | None
    external_id: str | None
    language: str | None
    date_text: str | None
    article_body: str | None
    is_article: bool


def page_metadata(tree: etree._Element, page: str, url: str | None = None) -> PageMetadata:
    """Read the metadata of a page whose text is `page`, already parsed to `tree`.

    `url` is where the page is known to come from; a canonical address on the page goes before it
    unless it names another site's front page.
    """
    named = _named(tree)
    stated = _stated_url(tree, named, page)
    address = _address(stated, url)
    linked = _linked_data(tree, address)
    items = _microdata(tree)
    title = _title(tree, linked, items, named)
    source = _source(linked, named, address)
    byline = _byline(tree, linked, items, named, source)
    return PageMetadata(
        title=title,
        byline=byline,
        source=source,
        url=address,
        external_id=_external_id(linked, named),
        language=_language(tree, linked, named),
        date_text=_date(tree, linked, items, named, address),
        article_body=_long(linked.get("articleBody")) or _long(linked.get("text")),
        is_article=bool(linked) or "article" in (_one(named, ("og:type",)) or "").lower(),
    )


# -- statements ------------------------------------------------------------------------------


def _named(tree: etree._Element) -> dict[str, list[str]]:
    """Return the values of the page's meta elements by their name in lower case."""
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("http-equiv")
        content = element.get("content")
        if name and content and content.strip() and len(content) < 4000:
            found.setdefault(name.strip().lower()[:80], []).append(content.strip())
    return found


def _one(named: Mapping[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((_flat(named[name][0]) for name in names if name in named), None)


def _flat(value: str) -> str:
    text = html.unescape(value) if "&" in value else value
    return " ".join(text.split())


def _stated_url(tree: etree._Element, named: Mapping[str, list[str]], page: str) -> str | None:
    saved = _SAVED_FROM.search(page[:4000])
    base = saved[1] if saved else None
    for element in tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            href = (element.get("href") or "").strip()
            found = _absolute(href, _one(named, _URL_NAMES) or base)
            if found:
                return found
    for name in _URL_NAMES:
        for value in named.get(name, []):
            if found := _absolute(value, base):
                return found
    return _absolute(base or "", None)


def _absolute(href: str, base: str | None) -> str | None:
    if not href or len(href) > 2000:
        return None
    try:
        full = urljoin(base, href) if base else href
        if full.startswith("//"):
            full = f"https:{full}"
        parts = urlsplit(full)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in parts.netloc:
        return None
    return "".join(original_url(full).split())


def original_url(url: str) -> str:
    """Return the address that an archive's copy was made from, other addresses unchanged."""
    match = _ARCHIVED.match(url)
    if match is None:
        return url
    inner = unquote(match[1]) if "%3A" in match[1][:12].upper() else match[1]
    return re.sub(r"^(https?):/{0,2}", r"\1://", inner)


def _address(stated: str | None, known: str | None) -> str | None:
    """Choose between the address that a page states and the one that it came from."""
    if known:
        known = original_url(known)
    if stated is None or not known:
        return stated or known
    if path_of(stated) in ("", "index.html") and path_of(known):
        return known  # a template states the front page on every page
    return stated


# -- JSON-LD ---------------------------------------------------------------------------------


def _linked_data(tree: etree._Element, address: str | None) -> dict[str, Any]:
    """Return the JSON-LD node of the page's article with references resolved, {} without one."""
    articles: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    by_id: dict[str, dict[str, Any]] = {}
    for element in tree.iter("script"):
        if "ld+json" not in (element.get("type") or "").lower():
            continue
        block = "".join(str(part) for part in element.itertext())
        for node in _nodes(_loads(block)):
            key = node.get("@id")
            if isinstance(key, str) and len(node) > 1:
                by_id.setdefault(key, node)
            if _is_article(node):
                articles.append(node)
            else:
                others.append(node)
    if not articles:
        articles = [node for node in others if node.get("datePublished") and node.get("headline")]
    if not articles:
        return {}
    chosen = max(articles, key=lambda node: _fitness(node, address))
    merged = dict(chosen)
    for node in articles:
        if node is chosen or not _same_article(node, chosen):
            continue
        for name, value in node.items():
            merged.setdefault(name, value)
    for name in ("author", "creator", "publisher"):
        merged[name] = _resolved(merged.get(name), by_id)
    return merged


def _loads(block: str) -> Any:
    if len(block) > _MAX_BLOCK:
        return None
    text = block.strip().removeprefix("<![CDATA[").removesuffix("]]>")
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    for attempt in (text, html.unescape(text), re.sub(r",(\s{0,100}[}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-LD block that may be about the page as a whole."""
    waiting = [value]
    count = 0
    while waiting and count < _MAX_NODES:
        node = waiting.pop(0) if count < 200 else waiting.pop()
        count += 1
        if isinstance(node, list):
            waiting += node[:500]
        elif isinstance(node, dict):
            yield node
            waiting += [
                node[name] for name in _CONTAINERS if isinstance(node.get(name), dict | list)
            ]


def _types(node: Mapping[str, Any]) -> list[str]:
    kind = node.get("@type")
    names = kind if isinstance(kind, list) else [kind]
    return [name.rpartition("/")[2].lower() for name in names if isinstance(name, str)]


def _is_article(node: Mapping[str, Any]) -> bool:
    return any(
        any(sign in name for sign in _ARTICLE_TYPES)
        and not any(sign in name for sign in _NOT_ARTICLES)
        for name in _types(node)
    )


def _fitness(node: Mapping[str, Any], address: str | None) -> tuple[int, int]:
    """How sure it is that a node is about this page: its address, then how much it says."""
    own = {_plain_url(value) for value in (_link(node.get(name)) for name in _OWN) if value}
    here = address is not None and _plain_url(address) in own
    said = ("headline", "datePublished", "author", "articleBody", "publisher")
    return int(here), sum(1 for name in said if node.get(name))


_OWN = ("url", "mainEntityOfPage", "@id")


def _same_article(node: Mapping[str, Any], chosen: Mapping[str, Any]) -> bool:
    first, second = (_words(_text(one.get("headline")) or "") for one in (node, chosen))
    return bool(first) and first == second


def _link(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value if isinstance(value, str) else None


def _plain_url(url: str) -> str:
    bare = re.sub(r"^https?://(?:www\.|m\.|amp\.)?", "", url.strip())
    return bare.partition("#")[0].partition("?")[0].rstrip("/").lower()


def _resolved(value: Any, by_id: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_resolved(one, by_id) for one in value[:50]]
    if isinstance(value, dict) and "name" not in value:
        return by_id.get(str(value.get("@id")), value)
    return value


def _text(value: Any, depth: int = 0) -> str | None:
    """Return the words of a JSON-LD value: a string, the first of a list, an object's name."""
    if depth > 3:
        return None
    if isinstance(value, list):
        return next((text for one in value[:20] if (text := _text(one, depth + 1))), None)
    if isinstance(value, dict):
        named = value.get("@value") or value.get("name") or value.get("headline")
        return _text(named, depth + 1)
    if isinstance(value, str) and value.strip():
        return re.sub(r"<[^<>]{1,200}>", "", _flat(value)).strip() or None
    return None


def _long(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "\n".join(value)
    return value if isinstance(value, str) and value.strip() else None


# -- microdata -------------------------------------------------------------------------------


def _microdata(tree: etree._Element) -> dict[str, list[str]]:
    """Return the values of `itemprop` elements that belong to the outermost article."""
    found: dict[str, list[str]] = {}
    looks = 0
    for element in tree.iter():
        names = element.get("itemprop") if isinstance(element.tag, str) else None
        if not names:
            continue
        for name in names.split()[:4]:
            if name not in ("headline", "datePublished", "author"):
                continue
            looks += 1
            if looks > _MAX_LOOKS or len(found.get(name, ())) >= 10 or _in_furniture(element):
                continue
            value = element.get("content") or element.get("datetime")
            if value is None and name == "author":
                value = next(
                    (_inner(one) for one in element.iter() if one.get("itemprop") == "name"), None
                )
            value = value or _inner(element)
            if value and len(value) < 400:
                found.setdefault(name, []).append(value)
    return found


def _inner(element: etree._Element) -> str:
    """Return the words in an element, cut off where they are too many for a field."""
    if content := element.get("content"):
        return _flat(content[:_MAX_FIELD])
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(str(part))
        size += len(parts[-1]) + 1
        if size > _MAX_FIELD:
            break
    return _flat("".join(parts))


def _in_furniture(element: etree._Element) -> bool:
    return any(one.tag in _FURNITURE for one in element.iterancestors())


# -- columns ---------------------------------------------------------------------------------


def _title(
    tree: etree._Element,
    linked: Mapping[str, Any],
    items: Mapping[str, list[str]],
    named: Mapping[str, list[str]],
) -> str | None:
    """The page's own heading where a statement about the article agrees with it."""
    stated = [_text(linked.get("headline")), *items.get("headline", [])[:1]]
    stated += [_flat(named[name][0]) for name in _TITLE_NAMES if name in named]
    element = next(tree.iter("title"), None)
    window = _inner(element) if element is not None else ""
    stated.append(window or None)
    claims = [claim for claim in stated if claim]
    heads = [words for one in _headings(tree) if (words := _inner(one)) and len(words) < 400]
    best: tuple[float, int] | None = None
    for number, head in enumerate(heads):
        likeness = max((_likeness(head, claim) for claim in claims), default=0.0)
        if likeness >= 0.5 and (best is None or likeness > best[0]):
            best = likeness, number
    if best is not None:
        return heads[best[1]]
    site = _one(named, _SITE_NAMES)
    for claim in claims:
        if bare := _without_site(claim, site):
            return bare
    return heads[0] if len(heads) == 1 else None


def _headings(tree: etree._Element) -> Iterator[etree._Element]:
    count = 0
    for one in islice(tree.iter("h1"), _MAX_LOOKS):
        if not _in_furniture(one):
            yield one
            count += 1
        if count >= 20:
            return


def _without_site(title: str, site: str | None) -> str:
    """Take the name of the site off a window's title."""
    parts = _SUFFIX.split(title)
    if len(parts) < 2:
        return title
    name = _words(site or "")
    for part, rest in ((parts[-1], title[: title.rindex(parts[-1])]), (parts[0], None)):
        words = _words(part)
        if name and (words <= name or name <= words) and len(words) <= len(name) + 3:
            kept = rest if rest is not None else title[title.index(parts[1]) :]
            return re.sub(r"\s+(?:[|–—·•»«:-])\s*$", "", kept).strip() or title
    if not site and "|" in title:
        longest = max(title.split("|"), key=len)
        return longest.strip()
    return title


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORDS.findall(text)}


def _likeness(one: str, other: str) -> float:
    """Share of the shorter text's words that the other has; one-word texts are like nothing."""
    first, second = _words(one), _words(other)
    if min(len(first), len(second)) < 2:
        return float(bool(first) and first == second)
    return len(first & second) / min(len(first), len(second))


def _byline(
    tree: etree._Element,
    linked: Mapping[str, Any],
    items: Mapping[str, list[str]],
    named: Mapping[str, list[str]],
    source: str | None,
) -> str | None:
    candidates = [_people(linked.get("author")), _people(linked.get("creator"))]
    candidates.append(items.get("author", []))
    candidates += [_split(named.get(name, [])) for name in _AUTHOR_NAMES]
    candidates.append(_marked_authors(tree))
    for people in candidates:
        names = dict.fromkeys(name for one in people if (name := person(one)))
        names.pop(source or "", None)
        if names:
            return ", ".join(list(names)[:20])
    return None


def _people(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    found: list[str] = []
    for one in values[:50]:
        if isinstance(one, dict) and isinstance(one.get("name"), list):
            found += [text for name in one["name"][:20] if (text := _text(name))]
        elif text := _text(one):
            found.append(text)
    return found


def _split(values: list[str]) -> list[str]:
    return [part for value in values[:20] for part in re.split(r"\s*[;|]\s*", _flat(value))]


def person(text: str) -> str | None:
    """Return a name as a byline gives it, None for what can be none (an address, a number)."""
    name = BY.sub("", _flat(text)).strip(" ,;:|-–—")
    if "@" in name:
        name = re.sub(r"\s*[<(]?\S{1,80}@\S{1,80}[>)]?", "", name).strip(" ,;:|-–—")
    if not name or len(name) > 160 or name.startswith(("http://", "https://", "/", "www.")):
        return None
    return name if any(c.isalpha() for c in name) else None


def _marked_authors(tree: etree._Element) -> list[str]:
    """Names in links `rel=author` and in short elements of a class called byline or author."""
    linked: list[str] = []
    marked: list[str] = []
    looks = 0
    for element in tree.iter("a", "span", "div", "p", "address", "cite"):
        if "author" in (element.get("rel") or "").split() and not _in_furniture(element):
            linked.append(_inner(element))
        elif not marked and element.tag != "a":
            classes = (element.get("class") or "").lower().replace("_", "-").split()
            if any(one in _AUTHOR_CLASSES for one in classes):
                looks += 1
                if looks > _MAX_LOOKS or _in_furniture(element):
                    continue
                words = _inner(element)
                if 3 < len(words) <= 80 and BY.match(words):
                    marked.append(words)
        if len(linked) >= 10:
            break
    return linked or marked


_AUTHOR_CLASSES = frozenset(
    [
        "byline",
        "author",
        "authors",
        "article-byline",
        "article-author",
        "post-author",
        "entry-author",
    ]
)


def _source(
    linked: Mapping[str, Any], named: Mapping[str, list[str]], address: str | None
) -> str | None:
    stated = _text(linked.get("publisher")) or _one(named, _SITE_NAMES)
    if stated and len(stated) <= 120 and not stated.startswith(("http://", "https://", "@")):
        return stated
    return domain(address)


def path_of(url: str) -> str:
    """Return the path of an address without slashes around it, "" where it is none."""
    try:
        return urlsplit(url).path.strip("/")
    except ValueError:
        return ""


def domain(url: str | None) -> str | None:
    """Return the host of an address without `www.`, None where there is none."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return (host or "").removeprefix("www.") or None


def _external_id(linked: Mapping[str, Any], named: Mapping[str, list[str]]) -> str | None:
    stated = linked.get("identifier")
    if isinstance(stated, dict):
        stated = stated.get("value")
    if isinstance(stated, str | int) and 0 < len(str(stated).strip()) <= 200:
        return _flat(str(stated))
    names = ("article:id", "parsely-post-id", "article_id", "articleid", "cxenseparse:articleid")
    return _one(named, names)


def _language(
    tree: etree._Element, linked: Mapping[str, Any], named: Mapping[str, list[str]]
) -> str | None:
    root = next(tree.iter("html"), None)
    candidates: list[str | None] = []
    if root is not None:
        candidates += [root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang")]
        candidates.append(root.get("xml:lang"))
    candidates += [_text(linked.get("inLanguage")), *(_one(named, (n,)) for n in _LANGUAGE_NAMES)]
    for value in candidates:
        match = _LANGUAGE.fullmatch((value or "").strip())
        if match:
            return match.group().replace("_", "-")
    return None


def _date(
    tree: etree._Element,
    linked: Mapping[str, Any],
    items: Mapping[str, list[str]],
    named: Mapping[str, list[str]],
    address: str | None,
) -> str | None:
    """The date of publication as the page states it; a day in the address comes last."""
    stated = [linked.get("datePublished"), *items.get("datePublished", [])]
    stated += [value for name in _DATE_NAMES for value in named.get(name, [])]
    stated += [linked.get("dateCreated"), linked.get("uploadDate")]
    for value in stated:
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str | int) and _is_date(str(text)):
            return _flat(str(text))
    return _visible_date(tree) or _url_date(address)


def _is_date(text: str) -> bool:
    when = parse_date(text)
    return when is not None and when.plausible


def _visible_date(tree: etree._Element) -> str | None:
    """The first date near the heading: `<time>`, else a short element of a class about dates."""
    heading = next(tree.iter("h1"), None)
    for one in islice(tree.iter("time"), _MAX_LOOKS):
        if _in_furniture(one) or _in_other_article(one, heading):
            continue
        for text in (one.get("datetime"), _inner(one)):
            if text and _is_date(text):
                return _flat(text)
    looks = 0
    for one in tree.iter("span", "div", "p", "li", "td", "abbr", "b", "em", "i", "small", "font"):
        signs = f"{one.get('class') or ''} {one.get('id') or ''}"
        if not signs.strip() or not _DATE_CLASS.search(signs[:300]) or len(one) > 12:
            continue
        looks += 1
        if looks > _MAX_LOOKS or _in_furniture(one) or _in_other_article(one, heading):
            continue
        text = one.get("title") if one.tag == "abbr" and one.get("title") else _inner(one)
        if text and 6 <= len(text) <= 120 and _is_date(text):
            return text
    return None


def _in_other_article(one: etree._Element, heading: etree._Element | None) -> bool:
    """Say whether an element stands in an `<article>` (a teaser) that the heading is not in."""
    above = next(one.iterancestors("article"), None)
    if above is None:
        return False
    if heading is None:
        return len(list(islice(one.getroottree().iter("article"), 2))) > 1
    return all(ancestor is not above for ancestor in heading.iterancestors()) and (
        heading.getroottree().getroot() is not above
    )


def _url_date(url: str | None) -> str | None:
    if not url:
        return None
    match = _URL_DATE.search(url)
    if match is None:
        match = _ISO_IN_URL.search(url)
    if match is None:
        return None
    month = match[2].lower()
    number = f"{_MONTHS.index(month) + 1:02}" if month in _MONTHS else month
    text = f"{match[1]}-{number}-{match[3]}"
    return text if _is_date(text) else None
