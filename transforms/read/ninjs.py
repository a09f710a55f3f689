"""ninjs: news items as JSON, one, many, or in the envelopes of agencies' interfaces.

Format: IPTC, "ninjs 1.x, 2.x and 3.x", https://iptc.org/standards/ninjs/; the envelopes are those
of AP's Media API (`data.item`, `data.items`), Superdesk and the BBC. An item is an article if it
holds a text; what is associated with it (pictures, mostly) is read where it holds none itself. An
item under embargo is an article: when it is to be used is not what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from transforms.read.fields import as_text
from transforms.read.iptc import (
    Story,
    address,
    finished,
    holder_name,
    is_gone,
    name_of,
    place_line,
    string_story,
    tidy,
)
from transforms.read.json_documents import Value, documents
from transforms.read.jsonl import lines
from transforms.read.pieces import Row, reject, tile
from transforms.read.registry import Reader, register
from transforms.read.text import TextSource

_START = re.compile(r"\s{0,1000}[\[{]")
_KEY = re.compile(
    r'"(versioncreated|firstcreated|contentcreated|pubstatus|headlines?|title|slugline|bodies'
    r'|body_x?html|body_text|associations|renditions|description_text|urgency|ednote)"\s{0,9}:'
)
_STAMPS = frozenset(["versioncreated", "firstcreated", "contentcreated"])
_TEXTS = ("body_html", "body_xhtml", "body_text", "body_nitf", "body")
_MEDIA = frozenset(["picture", "graphic", "audio", "video", "photo", "animation", "component"])
_NO_KINDS = frozenset(["text", "composite", "story", "article", "news"])
_CAPTION_CHARS = 400
_LINE = re.compile(r"\s{0,1000}\{[^\n]{2,60000}\}\s{0,20}\n\s{0,1000}\{")


def sniff(head: str, name: str) -> float:
    """JSON with the names that ninjs alone gives to when an item was created, and others of it."""
    if not _START.match(head):
        return 0.0
    keys = {found[1] for found in _KEY.finditer(head)}
    return 0.97 if keys & _STAMPS and len(keys - _STAMPS) > 1 else 0.0


def read(source: TextSource) -> Iterator[Row]:
    """Yield one record or reject an item; envelopes are framing."""
    if _LINE.match(source.head):
        found = lines(source, _item, _is_item, own=_is_own)
    else:
        found = documents(source, _item, _is_item, own=_is_own)
    yield from tile(row for row in found if row["char_end"] > row["char_start"])


def _is_item(value: Value) -> bool:
    return not _STAMPS.isdisjoint(value) and any(
        name in value for name in ("headline", "headlines", "title", "type", *_TEXTS, "bodies")
    )


def _is_own(value: Value, row: Row) -> bool:
    """Say whether an object is an item itself, not one that only holds others."""
    if not _is_item(value):
        return False
    return bool(row["kind"] == "record" and row["text"]) or is_gone(_word(value.get("pubstatus")))


def _item(value: Value, start: int, end: int, text: str) -> Row:
    if not _is_item(value):
        some = ", ".join(map(str, list(value)[:12]))
        return reject(start, end, "no_text", f"no item in: {some}", text)
    kind = (_word(value.get("type")) or "").lower()
    story = _text(value)
    if kind in _MEDIA and sum(map(len, story.lines)) < _CAPTION_CHARS:
        story.lines = []  # a caption
    story.status = _word(value.get("pubstatus"))
    story.title = _title(value) or story.title
    names = dict.fromkeys(
        name
        for one in _many(value.get("byline") or value.get("by") or value.get("bylines"))
        if (name := name_of(_word(one, "by")))
    ) or dict.fromkeys(name for one in _many(value.get("authors")) if (name := name_of(_word(one))))
    story.byline = ", ".join(names) or story.byline
    place = _word(value.get("dateline")) or _word(value.get("located"))
    story.dateline = place_line(place) or story.dateline
    story.source = next(filter(None, map(_word, (
        value.get("source"), *_many(value.get("infosource") or value.get("infosources")),
        value.get("provider"),
    ))), None) or holder_name(_word(value.get("copyrightholder")))  # fmt: skip
    alternative = value.get("altids")
    ids: list[Any] = [value.get("guid"), value.get("uri"), value.get("id")]
    if isinstance(alternative, Mapping):
        ids.insert(0, alternative.get("itemid"))
    story.external_id = next(filter(None, map(_word, ids)), None)
    story.url = address(_word(value.get("url"))) or address(_word(value.get("guid")))
    story.language = _word(value.get("language")) or story.language
    stamps = ("contentcreated", "firstpublished", "versioncreated", "firstcreated")
    story.dates = [_word(value.get(name)) for name in stamps]
    return finished(story, start, end, text, kind=kind if kind and kind not in _NO_KINDS else None)


def _many(value: Any) -> list[Any]:
    return value[:1000] if isinstance(value, list) else [value]


def _word(value: Any, *keys: str) -> str | None:
    """Return a value as a line: a string, a number, or the name of an object."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in keys if key in value), value)
    text = as_text(value)
    return " ".join(text.split()) or None if text else None


def _main(values: Any) -> list[Any]:
    """Return parts in different roles (ninjs 2 and 3), the main one first."""
    parts = [one for one in _many(values) if isinstance(one, Mapping)]
    return sorted(parts, key=lambda one: "main" not in str(one.get("role") or "main").lower())


def _title(value: Value) -> str | None:
    candidates = [
        value.get("headline"), *_main(value.get("headlines")), value.get("title"),
        value.get("slugline"),
    ]  # fmt: skip
    for one in candidates:
        found = _word(one, "value")
        if found and (lines := tidy([found])):
            return " ".join(lines)
    return None


def _text(value: Value) -> Story:
    """Read the longest rendition of an item's text, mark-up before plain text."""
    bodies = [_main_text(one) for one in _main(value.get("bodies"))]
    bodies += [body for name in _TEXTS if isinstance(body := value.get(name), str)]
    best = Story()
    for body in bodies:
        story = string_story(as_text(body) or "")
        if len("".join(story.lines)) > 1.1 * len("".join(best.lines)):
            best = story
    summaries = [value.get("description_html"), value.get("description_text")]
    summaries += [_main_text(one) for one in _main(value.get("descriptions"))]
    summaries.append(value.get("description_summary"))
    for one in summaries:
        if not best.abstract and isinstance(one, str):
            best.abstract = string_story(as_text(one) or "").lines
    return best


def _main_text(part: Mapping[str, Any]) -> str:
    text = part.get("value")
    return text if isinstance(text, str) else ""


register(
    Reader(
        "ninjs", sniff, read,
        about="ninjs: IPTC's news items in JSON, also in AP's, Superdesk's and the BBC's envelopes",
    )
)  # fmt: skip
