"""Where an article may name a place: spans, what supports each, and what contains it.

Two sources of evidence meet here: the entities of the sentences that were parsed, and capitalised
words that the gazetteer knows, in every sentence. Each span gets features; `score` weighs them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from transforms.extract import letters
from transforms.extract.model import Article, Sentence
from transforms.extract.places.fold import fold
from transforms.extract.places.gazetteer import (
    ADMIN1,
    ADMIN2,
    CITY,
    COUNTRY,
    FOLDER,
    Feature,
    abbreviations,
    common_words,
    read_table,
)

_WORD = re.compile(r"[^\W\d_]+(?:['’`ʼ][^\W\d_]+)*\.?")
_GAP = re.compile(r"(?: |-|\. ?|['’]|\n)\s{0,8}")
_COMPANY = re.compile(
    r"(?:[ -][A-Z&][\w&'-]{0,20}\.?){0,3},?\s(?:<|&lt;|(?:Inc|Corp|Co|Ltd|Plc|PLC|INC|CORP|LTD"
    r"|Corporation|Industries|Holdings?|Bancorp|Airlines|Petroleum|Resources|AG|SA|NV|GmbH)\b)"
)
_STRONG_BREAK = re.compile(r'[.!?:"“”]')
_MOST_WORDS = 5
MOST_WORDS = 50_000
"""So many words are kept as they are read, some 10 MB; the least used go."""
_KINDS = {"country": COUNTRY, "admin1": ADMIN1, "admin2": ADMIN2, "city": CITY}


def words(role: str) -> frozenset[str]:
    """Return the words of a role in `context_words.tsv`."""
    return frozenset(row["word"] for row in read_table("context_words.tsv") if row["role"] == role)


def _kinds(role: str) -> dict[str, int]:
    """Return the kind of feature that each word of a role asks for."""
    return {
        row["word"]: _KINDS[row["kind"]]
        for row in read_table("context_words.tsv")
        if row["role"] == role
    }


_LINKS = words("link")
PLACE_LABELS = frozenset({"GPE", "LOC", "FAC"})
_BLOCKING_LABELS = frozenset({"PERSON", "ORG", "NORP", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE",
                              "PRODUCT", "DATE", "TIME", "MONEY", "QUANTITY"})  # fmt: skip
LOCATIVE = words("locative")
_SOFT_LOCATIVE = words("soft locative")
_TITLES = words("title")
_TYPE_AFTER = _kinds("type after")
_TYPE_BEFORE = _kinds("type before")
_NATURE = words("nature after")
# A settlement that the text calls one, known to the gazetteer or not.
_SETTLEMENT = re.compile(
    r"\b(?:village|town|hamlet|settlement|suburb|municipality|villages|towns) of "
    r"([A-Z][^\W\d_]{2,20}(?:[ -][A-Z][^\W\d_]{2,20}){0,2})"
)
_SETTLEMENT_WORDS = (
    *("village of ", "town of ", "hamlet of ", "settlement of ", "suburb of ", "municipality of "),
    *("villages of ", "towns of "),
)
#: Words that make the name before them the name of something else.
_HEADS = words("head")
_PEOPLE_HEADS = words("people head")


# Words that may stand around a known name inside a place's longer name without changing where.
_GENERIC = words("generic")
_DIRECTIONS = words("direction")
_BODIES = words("body")
_DATELINE = re.compile(
    r"\s{0,4}[A-Z][\w.'’-]{1,20}(?:[ ,]{1,2}[A-Z][\w.'’-]{1,20}){0,5}[ ,]{0,2}"
    r"(?:\([^)\n]{1,30}\)[ ,]{0,2})?"
    r"(?:(?:\w{3,9}\.? \d{1,2}|\d{1,2} [A-Z][A-Za-z]{2,8}\.?)(?:,? \d{2,4})?)?"
    r"\s{0,2}(?:\([^)\n]{1,40}\))?\s{0,2}(?:--|[-–—])\s{1,4}"
)


@dataclass(slots=True)
class Mention:
    """A span that may be a toponym, and what speaks for and against it."""

    start: int
    end: int
    text: str
    key: str
    sentence: int
    candidates: list[Feature]
    label: str = ""
    kind_hint: int | None = None
    evidence: dict[str, float] = field(default_factory=dict)
    score: float = 0.0
    containers: list[Mention] = field(default_factory=list)


@dataclass(slots=True)
class Word:
    """A word of a sentence: offsets in the article, its text, whether it may open a name."""

    start: int
    end: int
    text: str
    lower: str
    capital: bool


def is_shouting(text: str) -> bool:
    """Whether a sentence is in capitals, so that case says nothing about names."""
    upper, lower = letters.counts(text)
    if not text.isascii():
        lower = sum(map(str.isalpha, text)) - upper  # letters of scripts without case too
    return upper + lower >= 8 and upper > 0.85 * (upper + lower)


def words_of(sentence: Sentence) -> list[Word]:
    """Return the words of a sentence; letter case is the parser's where that restored it."""
    text = sentence.doc.text if sentence.doc is not None else sentence.text
    words: list[Word] = []
    offset = sentence.start
    for found in _WORD.finditer(text):
        read = _read(found.group())
        if read is not None:
            word, lower, capital = read
            start = offset + found.start()
            words.append(Word(start, start + len(word), word, lower, capital))
    return words


@lru_cache(maxsize=MOST_WORDS)
def _read(word: str) -> tuple[str, str, bool] | None:
    """Return a word without stop and genitive, in lower case too, and whether it has a capital."""
    if word[-1] == "." and not _is_abbreviation(word):
        word = word[:-1]
    if word[-2:] in _GENITIVES:
        word = word[:-2]
    return (word, word.casefold().rstrip("."), word[0].isupper()) if word else None


def _is_initial(words: list[Word], i: int, text: str) -> bool:
    """Whether a word opens its sentence or stands behind a break in it."""
    if i == 0:
        return True
    end, start = words[i - 1].end, words[i].start
    return start - end > 1 and _STRONG_BREAK.search(text, end, start) is not None


_GENITIVES = {"'s", "’s", "'S", "’S", "`s", "ʼs"}


def _is_abbreviation(word: str) -> bool:
    return word in _DOTTED or (len(word) == 2 and word[0].isupper())


_DOTTED = {"St.", "Ste.", "Ft.", "Mt."} | {a for a in abbreviations() if a.endswith(".")}
_COMMON = common_words()
_DEMONYMS = frozenset(fold(row["word"]) for row in read_table("demonyms.tsv"))


# Abbreviations with inner dots are several words to `_WORD`; they are found by this instead.
def _abbreviation() -> re.Pattern[str]:
    """Return what finds an abbreviation, the longest first; by first letter, which is quick."""
    by_letter: dict[str, list[str]] = {}
    for each in sorted(abbreviations(), key=len, reverse=True):
        by_letter.setdefault(each[0], []).append(re.escape(each[1:]))
    letters = [
        rf"{letter}(?<![\w.]{letter})(?:{'|'.join(rests)})" for letter, rests in by_letter.items()
    ]
    return re.compile(f"(?:{'|'.join(letters)})(?![\\w])")


_ABBREVIATION = _abbreviation()


Names = list[tuple[Sentence, list[Word], list[tuple[int, int, str]]]]
"""The words of each sentence, and (first word, last word, key) of every run that may be a name."""


def names_of(article: Article) -> Names:
    """Return what may be names in an article, for the gazetteer to be asked."""
    names = []
    for sentence in article.sentences:
        words = words_of(sentence)
        names.append((sentence, words, _grams(words, article.text)))
    return names


def keys_of(names: Names) -> Iterator[str]:
    """Yield what the gazetteer is to be asked for: names, and what abbreviations stand for."""
    yield from (key for _, _, grams in names for _, _, key in grams)
    yield from (key for key, _, _ in abbreviations().values())


def mentions(article: Article, spans: Names, known: dict[str, list[Feature]]) -> list[Mention]:
    """Return every span of the article that the gazetteer or the recogniser holds for a place.

    `spans` is what `names_of` found in it, `known` what the gazetteer knows of their keys. The
    spans returned do not overlap; they come in the order of the text, scored.
    """
    people = _surnames(article)
    small = {w.lower for _, words, _ in spans for w in words if not w.capital}
    found: list[Mention] = []
    for sentence, words, grams in spans:
        found.extend(_in_sentence(article, sentence, words, grams, known, people, small))
    found.sort(key=lambda m: m.start)
    rescore(found)
    return found


def _grams(words: list[Word], text: str) -> list[tuple[int, int, str]]:
    """Return (first word, last word, key) of every run of words that may be a name."""
    grams = []
    for i, word in enumerate(words):
        if not word.capital:
            continue

        for j in range(i, min(i + _MOST_WORDS, len(words))):
            if j > i:
                gap = text[words[j - 1].end : words[j].start]
                if not _GAP.fullmatch(gap) or (len(gap) > 1 and "\n\n" in gap):
                    break
            if words[j].capital:
                key = fold(text[word.start : words[j].end])
                if key:
                    grams.append((i, j, key))
                    if key.startswith("the "):
                        continue
            elif words[j].lower not in _LINKS:
                break

    return grams


def _surnames(article: Article) -> set[str]:
    """Return the last words of the people that the recogniser found with a full name."""
    names: set[str] = set()
    for sentence in article.sentences:
        if sentence.doc is None:
            continue
        for entity in sentence.doc.ents:
            if entity.label_ == "PERSON" and len(entity) > 1:
                names.add(fold(entity[-1].text))
    return names


def _in_sentence(
    article: Article,
    sentence: Sentence,
    words: list[Word],
    grams: list[tuple[int, int, str]],
    known: dict[str, list[Feature]],
    people: set[str],
    small: set[str],
) -> list[Mention]:
    text = article.text
    entities: list[tuple[int, int, str]] = []
    if sentence.doc is not None:
        for entity in sentence.doc.ents:
            entities.append(
                (
                    sentence.start + entity.start_char,
                    sentence.start + entity.end_char,
                    entity.label_,
                )
            )
    shouting = is_shouting(sentence.text)
    taken: list[tuple[int, int]] = []
    found: list[Mention] = []

    for match in _ABBREVIATION.finditer(sentence.text):
        start, end = sentence.start + match.start(), sentence.start + match.end()
        key, after_comma, kind = abbreviations()[match.group()]
        before = text[max(sentence.start, start - 3) : start].rstrip()
        if after_comma and not before.endswith(","):
            continue
        if shouting and match.group() in _WORDS_TOO and not _stands_as_name(sentence, match, text):
            continue
        if key not in known:
            continue
        candidates = known[key]
        mention = Mention(start, end, text[start:end], key, sentence.index, candidates)
        mention.evidence["abbreviation"] = 1.0
        mention.score = 4.0
        mention.kind_hint = kind if kind != COUNTRY else None
        found.append(mention)
        taken.append((start, end))

    # A part of a settlement's name is not its name.
    settlements = _settlements(sentence)
    options = []
    for i, j, key in grams:
        start, end = words[i].start, words[j].end
        if any(a <= start and end <= b and end - start < b - a for a, b in settlements):
            continue
        if key in known and not any(a < end and start < b for a, b in taken):
            options.append((i, j, key))
    # Longest first, then leftmost: "New York City" before "York".
    options.sort(key=lambda g: (-(g[1] - g[0]), g[0]))
    used: set[int] = set()
    for i, j, key in options:
        if any(k in used for k in range(i, j + 1)):
            continue
        named = _mention(text, sentence, words, i, j, known[key], entities, people, small, shouting)
        if named is None:
            continue
        used.update(range(i, j + 1))
        found.append(named)
        taken.append((named.start, named.end))

    for start, end in settlements:
        if not any(a < end and start < b for a, b in taken):
            taken.append((start, end))
            surface = text[start:end]
            mention = Mention(start, end, surface, fold(surface), sentence.index, [])
            mention.evidence["settlement"] = 1.0
            mention.score = 1.0
            found.append(mention)

    for start, end, label in entities:
        if label not in {"GPE", "LOC"} or any(a < end and start < b for a, b in taken):
            continue
        surface = text[start:end]
        stripped = re.sub(r"^(?:[Tt]he|THE)\s+", "", surface)
        start += len(surface) - len(stripped)
        surface = stripped.removesuffix("'s").removesuffix("’s")
        end = start + len(surface)
        if not surface[:1].isupper() or "\n\n" in surface or fold(surface) in _DEMONYMS:
            continue
        mention = Mention(start, end, surface, fold(surface), sentence.index, [], label)
        mention.evidence[label] = 1.0
        mention.score = 1.0
        found.append(mention)
    return found


# Abbreviations that are words where everything is in capitals.
_WORDS_TOO = frozenset("AL AS DE HI ID IN IT LA MA ME NO OH OK ON OR PA SO US".split())  # noqa: SIM905


def _stands_as_name(sentence: Sentence, match: re.Match[str], text: str) -> bool:
    """Whether a short word of a sentence in capitals is an abbreviation all the same.

    The case that was restored for the parser says so; else what stands around it: "GARY, IN."
    """
    if sentence.doc is not None and sentence.doc.text != sentence.text:
        return sentence.doc.text[match.start() : match.end()].isupper()
    if match.group() == "US":
        before = sentence.text[: match.start()].rstrip().rpartition(" ")[2]
        return before in ("THE", "IN", "OF", "BY", "FROM", "TO")
    return not re.match(r"[ \n]+\w", text[sentence.start + match.end() :][:12])


def _settlements(sentence: Sentence) -> list[tuple[int, int]]:
    """Return the spans of names that the text calls a village or a town."""
    shown = sentence.doc.text if sentence.doc is not None else sentence.text
    if not any(word in shown for word in _SETTLEMENT_WORDS) or is_shouting(shown):
        return []
    start = sentence.start
    return [(start + m.start(1), start + m.end(1)) for m in _SETTLEMENT.finditer(shown)]


def _mention(
    text: str,
    sentence: Sentence,
    words: list[Word],
    i: int,
    j: int,
    candidates: list[Feature],
    entities: list[tuple[int, int, str]],
    people: set[str],
    small: set[str],
    shouting: bool,
) -> Mention | None:
    start, end = words[i].start, words[j].end
    key = fold(text[start:end])
    single = i == j
    if key in _DEMONYMS or key in _DIRECTIONS:
        return None
    evidence: dict[str, float] = {}
    label, exact = "", False
    for a, b, name in entities:
        if a < end and start < b:
            label = name
            inside = re.sub(r"^(?:[Tt]he|THE)\s+", "", text[a:b])
            inside = inside.removesuffix("'s").removesuffix("’s")
            exact = abs(len(inside) - (end - start)) <= 1
            if label == "FAC" and (b - a) > (end - start) + 4:
                label = "IN_FAC"
            break
    evidence["label:" + (label or "none")] = 1.0
    if label and not exact:
        if label == "PERSON":
            evidence["part of person"] = 1.0
        elif label in _BLOCKING_LABELS:
            opens = start - a <= 4 and text[a:start].strip().casefold() in {"", "the"}
            evidence["opens other" if opens else "part of other"] = 1.0
        else:
            around = _WORD.findall(text[a:start]) + _WORD.findall(text[end:b])
            if any(word.casefold().rstrip(".") not in _GENERIC for word in around):
                evidence["part of place"] = 1.0
    previous = words[i - 1] if i > 0 else None
    following = words[j + 1] if j + 1 < len(words) else None
    gap_before = text[previous.end : start] if previous else ""
    gap_after = text[end : following.start] if following else ""
    tight_before = bool(previous) and gap_before.strip() == ""
    tight_after = bool(following) and gap_after.strip() == ""
    if previous and tight_before:
        if previous.lower in LOCATIVE:
            evidence["locative"] = 1.0
        elif previous.lower in _SOFT_LOCATIVE or (
            previous.lower == "the" and i > 1 and words[i - 2].lower in LOCATIVE
        ):
            evidence["soft locative"] = 1.0
        if previous.lower in _TITLES:
            evidence["title"] = 1.0
        elif (
            previous.capital
            and not shouting
            and not _is_initial(words, i - 1, text)
            and previous.lower not in LOCATIVE
            and previous.lower not in _LINKS
            and gap_before != "\n"
        ):
            evidence["capital before"] = 1.0
    elif previous and gap_before.strip() == "." and previous.lower in _TITLES:
        evidence["title"] = 1.0
    elif previous and gap_before == "-":
        evidence["party" if previous.text in {"D", "R", "I"} else "hyphen before"] = 1.0
    if following and gap_after == "-":
        evidence["hyphen after"] = 1.0
    if previous and previous.lower == "of" and i > 1 and words[i - 2].lower in _HEADS:
        evidence["of head"] = 1.0
    kind_hint: int | None = None
    if following and tight_after:
        if following.lower in _TYPE_AFTER:
            kind_hint = _TYPE_AFTER[following.lower]
            if not (kind_hint == ADMIN1 and following.capital and following.lower == "department"
                    and not shouting):  # fmt: skip
                evidence["type after"] = 1.0
        if following.lower in _NATURE and not following.capital:
            evidence["type after"] = 1.0
        elif following.lower in _BODIES and kind_hint is None:
            evidence["body after"] = 1.0
        elif following.lower in _HEADS and following.capital:
            evidence["head after"] = 1.0
        elif following.lower in _PEOPLE_HEADS:
            evidence["people after"] = 1.0
        elif following.capital and not shouting and kind_hint is None and "\n" not in gap_after:
            evidence["capital after"] = 1.0
    if gap_after.strip() == "," and following and following.capital:
        evidence["comma capital"] = 1.0
    if (
        previous
        and previous.lower == "of"
        and i > 1
        and words[i - 2].lower in _TYPE_BEFORE
        # "the Kakheti region of Georgia" names the type of Kakheti.
        and not (i > 2 and words[i - 3].capital and not shouting)
    ):
        kind_hint = _TYPE_BEFORE[words[i - 2].lower]
        evidence["type before"] = 1.0
    elif previous and tight_before and previous.lower in {"city", "town", "village", "capital"}:
        kind_hint = CITY
        evidence["type before"] = 1.0
    if text[end : end + 2] in {"'s", "’s", "'S"}:
        evidence["genitive"] = 1.0
    if _is_initial(words, i, text):
        evidence["initial"] = 1.0
        opening = _DATELINE.match(text, sentence.start)
        if opening and end <= opening.end() and start >= sentence.start and i < 6:
            evidence["dateline"] = 1.0
            evidence["initial"] = 0.0
            if kind_hint is None and start - sentence.start < 4:
                kind_hint = CITY  # a story is filed from a town
    if single:
        evidence["single"] = 1.0
        if words[i].lower in _COMMON:
            evidence["common word"] = 1.0
        if key in people and label != "PERSON":
            evidence["surname"] = 1.0
        if words[i].lower in small:
            evidence["small elsewhere"] = 1.0
    if shouting:
        evidence["shouting"] = 1.0
    if "dateline" not in evidence and _COMPANY.match(text, end):
        evidence["firm"] = 1.0
    best = max(candidates, key=_prominence)
    top = _prominence(best)
    evidence["prominence"] = top
    evidence["kind:" + ("country", "admin1", "admin2", "city", "region")[best.kind]] = 1.0
    if all(c.rank == 2 for c in candidates):
        evidence["alias only"] = 1.0
    if len(key) <= 3:
        evidence["short"] = 1.0
    mention = Mention(
        start, end, text[start:end], key, sentence.index, candidates, label, kind_hint, evidence
    )
    mention.score = score(evidence)
    return mention


def _prominence(feature: Feature) -> float:
    """How well known a feature is, from 0 to about 10: the magnitude of its population."""
    people = max(feature.population, 1)
    magnitude = len(str(people)) - 1 + int(str(people)[0]) / 10
    if feature.kind == COUNTRY:
        return magnitude + 2
    if feature.kind == ADMIN1:
        return magnitude + 0.5
    if feature.kind == ADMIN2:
        return magnitude - 1.5
    if feature.kind == CITY:
        return magnitude - 1.5 * (feature.rank == 2)
    return 6.0


def score(evidence: dict[str, float]) -> float:
    """Return the log-odds that a span is a toponym."""
    weights = recognition_weights()
    return weights["bias"] + sum(weights.get(k, 0.0) * v for k, v in evidence.items())


def rescore(found: list[Mention]) -> None:
    """Score the mentions again, each now also by how its name fares elsewhere in the article."""
    by_key: dict[str, list[float]] = {}
    for mention in found:
        by_key.setdefault(mention.key, []).append(mention.score)
    sure = {m.key for m in found if m.score > 0}
    for mention in found:
        if "bias" in mention.evidence or not mention.candidates:
            continue
        scores = by_key[mention.key]
        if len(scores) > 1:
            others = list(scores)
            others.remove(mention.score)
            best = max(-4.0, min(4.0, max(others)))
            mention.evidence["elsewhere yes"] = max(best, 0.0)
            mention.evidence["elsewhere no"] = max(-best, 0.0)
        mention.evidence["local"] = max(-8.0, min(8.0, mention.score))
        mention.evidence["company"] = min(len(sure - {mention.key}), 4) / 4
        mention.evidence["second"] = 1.0
    firms = {m.key for m in found if "firm" in m.evidence}
    for mention in found:
        if "second" in mention.evidence:
            mention.score = second_score(mention.evidence)
            if "firm" in mention.evidence or (
                mention.key in firms and not _PLACED & mention.evidence.keys()
            ):
                mention.score -= _FIRM


# A town that an article's company is called after is that company, unless something stands *in* it.
# The corpora that the weights were fitted on hold too little business news to learn this.
_FIRM = 3.0
_PLACED = {"locative", "dateline", "comma capital", "type before", "type after"}
_SECOND = ("local", "elsewhere yes", "elsewhere no", "company", "abbreviation")


def second_score(evidence: dict[str, float]) -> float:
    """Return the log-odds that a span is a toponym, its article considered."""
    weights = recognition_weights()
    return weights["second:bias"] + sum(
        weights["second:" + name] * evidence.get(name, 0.0) for name in _SECOND
    )


@cache
def recognition_weights() -> dict[str, float]:
    """Return the fitted weights of `score` and, under `second:`, of `second_score`."""
    weights: dict[str, float] = json.loads((FOLDER / "weights.json").read_text())["recognition"]
    return weights
