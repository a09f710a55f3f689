"""Which country an article is about, from the names in its text, before anything is parsed."""

from __future__ import annotations

import re
from collections import Counter

from transforms.extract import additions
from transforms.extract.actors.tables import fold, knowledge

_WORD = re.compile(r"(?:[A-Za-z]\.){2,6}|[^\W\d_][\w\u2019'\-]*")
_CLITIC = re.compile(r"['\u2019]s?\Z|['\u2019]S\Z")
_COUNTED = ("country", "demonym", "capital", "metonym", "place", "leader", "group")
_MAX_CHARACTERS = 20_000
MIN_SHARE = 0.6
"""Least share of an article's mentions of countries that its own country must have, or else ..."""
MIN_LEAD = 2.5
"""... how many times as often as any other it must be named, three times at least."""


@additions.kept
def _openers() -> frozenset[str]:
    """Return the first words of all known names, as they are found in a text."""
    found = map(_WORD.match, knowledge().entries)
    return frozenset(match.group() for match in found if match is not None)


def _may_open(word: str, openers: frozenset[str]) -> bool:
    """Say whether a known name may begin with a word: most capitalised words open none."""
    if not word.isascii():
        return True
    lower = word.lower()
    return lower in openers or _CLITIC.sub("", lower) in openers


def focus(text: str) -> tuple[str | None, Counter[str]]:
    """Return the country (ISO 3166-1 alpha-3) that `text` is about, and how often it names each.

    The country is `None` where none stands out. Names are counted by their
    words alone; the first 20,000 characters stand for the whole.
    """
    entries, counts = knowledge().entries, Counter[str]()
    openers = _openers()
    words = list(_WORD.finditer(text, 0, _MAX_CHARACTERS))
    position = 0
    while position < len(words):
        word, start = words[position].group(), words[position].start()
        step = 1
        if word[0].isupper() and _may_open(word, openers):
            for length in (3, 2, 1):
                if position + length > len(words):
                    continue
                end = words[position + length - 1].end()
                found = entries.get(fold(_CLITIC.sub("", text[start:end])))
                if found and (not found[0].is_acronym or word.isupper()):
                    entry = found[0]
                    shared = entry.kind == "group" and entry.is_acronym
                    if entry.kind in _COUNTED and entry.country and not shared:
                        counts[entry.country] += 1
                    step = length
                    break
        position += step
    total = counts.total()
    if not total:
        return None, counts
    (country, most), second = counts.most_common(1)[0], 0
    if len(counts) > 1:
        second = counts.most_common(2)[1][1]
    dominant = most >= MIN_SHARE * total or (most >= 3 and most >= MIN_LEAD * second)
    return (country if dominant else None), counts
