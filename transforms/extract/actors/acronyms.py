"""Acronyms that an article explains itself: "National Revolutionary Movement (MNR)"."""

from __future__ import annotations

import re

_BRACKET = re.compile(r"[(\[]([A-Z][A-Za-z\-]{1,9})[)\]]")
_WORD = re.compile(r"[^\W\d_][\w'\u2019]*")
_SMALL = frozenset(
    ("of", "for", "the", "and", "de", "la", "del", "los", "las", "y", "in", "to", "du", "des", "et")
)
_MAX_SPAN = 120


def defined(text: str) -> dict[str, str]:
    """Return the acronyms that `text` sets in brackets after their long form, with that form.

    The long form is the shortest run of words before the bracket whose initials spell the acronym,
    small words passed over (Schwartz and Hearst 2003, "A simple algorithm for identifying
    abbreviation definitions", by whole words).
    """
    found: dict[str, str] = {}
    for match in _BRACKET.finditer(text):
        acronym = match.group(1)
        if acronym in found or sum(letter.isupper() for letter in acronym) < 2:
            continue
        before = text[max(0, match.start() - _MAX_SPAN) : match.start()]
        words = list(_WORD.finditer(before))
        letters = [letter for letter in acronym.lower() if letter.isalpha()]
        position = len(words)
        start = None
        while letters and position > 0:
            position -= 1
            word = words[position].group().lower()
            if word[0] == letters[-1]:
                letters.pop()
                start = words[position].start()
            elif word not in _SMALL:
                break
        if letters or start is None:
            # Spanish and French initials stand in another order than the English words.
            content = [word for word in words if word.group().lower() not in _SMALL]
            initials = [letter for letter in acronym.lower() if letter.isalpha()]
            tail = content[-len(initials) :]
            letters = initials
            if sorted(word.group()[0].lower() for word in tail) == sorted(initials):
                letters, start = [], tail[0].start()
        if not letters and start is not None:
            found[acronym] = " ".join(before[start:].split())
    return found
