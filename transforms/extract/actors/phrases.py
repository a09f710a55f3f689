"""Find known names in a parsed sentence: countries, organisations, armed groups, leaders, roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from transforms.extract import additions
from transforms.extract.actors.tables import Entry, Role, fold, knowledge, singulars
from transforms.extract.syntax import Doc, Token

MAX_ROLE_WORDS = 4
_ORDINARY = frozenset(("polish", "danish", "yankee", "slavic", "native"))
_LASTING = 12 * 366
"""Days for which a former leader's bare surname is still likely theirs."""


@dataclass(frozen=True, slots=True)
class Match:
    """A known name at tokens `start:end` of a `Doc`."""

    start: int
    end: int
    entry: Entry


def matches(doc: Doc, day: date | None) -> list[Match]:
    """Return the known names in `doc`, longest first at each place, without overlaps.

    `day` chooses among entries with dates of validity; where none is valid, any counts for names
    of several words, none for single words.
    """
    tables = knowledge()
    found: list[Match] = []
    text, position, size = doc.text, 0, len(doc)
    all_capitals = text.isupper()
    tokens, longest = doc.tokens, tables.longest
    while position < size:
        token = tokens[position]
        reach = longest.get(token.lower_)
        taken = 0
        if reach and (not token.text[0].islower() or token.text[0] == "a" or len(token) > 5):
            # A hyphen or clitic is a token of its own: allow for three of them.
            for end in range(min(size, position + reach + 4), position, -1):
                last = tokens[end - 1]
                surface = text[token.idx : last.idx + len(last)]
                candidates = tables.entries.get(fold(surface))
                if not candidates:
                    continue
                entry = _choose(candidates, surface, day, all_capitals, end - position)
                if entry and not _misleads(doc, position, end, entry):
                    found.append(Match(position, end, entry))
                    taken = end - position
                    break
        position += taken or 1
    return found


def _choose(
    candidates: Sequence[Entry], surface: str, day: date | None, all_capitals: bool, words: int
) -> Entry | None:
    fitting = [
        entry
        for entry in candidates
        if (all_capitals or not entry.is_acronym or surface == entry.surface)
        and (surface[0].isupper() or entry.surface[0].islower() or _is_lower(entry, surface))
    ]
    if not fitting:
        return None
    valid = [entry for entry in fitting if entry.valid_on(day)]
    if valid:
        if len(valid) > 1 and valid[0].kind == "leader" and day:
            valid.sort(key=lambda entry: _distance(entry, day))
        return valid[0]
    if day and fitting[0].since:
        fitting.sort(key=lambda entry: _distance(entry, day))
        if words == 1 and fitting[0].kind == "leader" and _distance(fitting[0], day) > _LASTING:
            return None
    return fitting[0]


def _is_lower(entry: Entry, surface: str) -> bool:
    """Tell whether a lower-case word can only be a demonym written without care."""
    return entry.kind == "demonym" and len(surface) > 5 and surface not in _ORDINARY


def _distance(entry: Entry, day: date) -> int:
    """Days between `day` and the entry's period; 0 inside it."""
    if entry.since and day < entry.since:
        return (entry.since - day).days
    if entry.until and day > entry.until:
        return (day - entry.until).days
    return 0


def _misleads(doc: Doc, start: int, end: int, entry: Entry) -> bool:
    """Tell whether a single word is only part of another name: Michael Jordan, Laura Bush."""
    if entry.kind == "leader" and end - start > 1:
        # Juan Carlos Duran is no king of Spain.
        after = doc[end] if end < len(doc) else None
        return (
            after is not None
            and doc[end - 1].ent_type_ == after.ent_type_ == "PERSON"
            and after.ent_iob_ == "I"
            and after.text[:1].isupper()
            and after.is_alpha
        )
    if end - start > 1 or entry.kind not in ("country", "capital", "place", "demonym", "leader"):
        return False
    token = doc[start]
    if start:
        before = doc[start - 1]
        if before.text[:1].isupper() and before.lower_ in knowledge().given_names:
            return True
        if entry.kind == "leader" and token.ent_iob_ == "I" and token.ent_type_ == "PERSON":
            return before.is_alpha and role_at(doc, start - 1, start) is None
    if end < len(doc) and token.ent_type_ == "PERSON" and entry.kind != "demonym":
        after = doc[end]
        return after.ent_iob_ == "I" and after.text[:1].isupper() and after.is_alpha
    return False


def role_at(doc: Doc, start: int, end: int) -> tuple[Role, int] | None:
    """Return the longest role phrase of `doc` that ends before token `end`, and where it starts."""
    roles, tokens = knowledge().roles, doc.tokens
    last = tokens[end - 1]
    text, stop = doc.text, last.idx + len(last.text)
    hopeless = len(text)
    for begin in range(max(start, end - MAX_ROLE_WORDS - 2), end):
        if tokens[begin].idx <= hopeless < stop:
            continue
        phrase = fold(text[tokens[begin].idx : stop])
        head, _, tail = phrase.rpartition(" ")
        if not _may_end(tail):
            hopeless = stop - len(tail)  # as is whatever begins before its last word
            continue
        if phrase in roles:
            return roles[phrase], begin
        for singular in singulars(tail):
            candidate = f"{head} {singular}" if head else singular
            if candidate in roles:
                return roles[candidate], begin
    lemma = last.lemma_.lower()
    if lemma in roles:
        return roles[lemma], end - 1
    return None


@lru_cache(maxsize=20_000)
def _may_end(word: str) -> bool:
    """Tell whether a role phrase may end in a word, or in what it is the plural of."""
    return not _role_ends().isdisjoint(singulars(word))


@additions.kept
def _role_ends() -> frozenset[str]:
    return frozenset(phrase.rpartition(" ")[2] for phrase in knowledge().roles)


additions.when_changed(_may_end.cache_clear)


def is_name(token: Token) -> bool:
    """Tell whether a token looks like part of a proper name."""
    return token.pos_ == "PROPN" or (token.text[:1].isupper() and token.is_alpha)
