"""Where an article may name a place: spans, what supports each, and what contains it.

Two sources of evidence meet here: the entities of the sentences that were parsed, and capitalised
words that the gazetteer knows, in every sentence. Each span gets features; `score` weighs them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache

from transforms.extract.model import Article, Sentence
from transforms.extract.places.fold import fold
from transforms.extract.places.gazetteer import (
    ADMIN1,
    ADMIN2,
    CITY,
    COUNTRY,
    FOLDER,
    Feature,
    Gazetteer,
    abbreviations,
    read_table,
)

_WORD = re.compile(r"[^\W\d_]+(?:['’`ʼ][^\W\d_]+)*\.?")
_GAP = re.compile(r"(?: |-|\. ?|['’]|\n)\s{0,8}")
_MOST_WORDS = 5
_LINKS = frozenset(
    "de del la las los el da do di dos das du des le les of the and upon sur am an der bei"
    " al ul ad on under au aux en y e zu ob op den het van von bin ibn ye ash ash at an as".split()
)
PLACE_LABELS = frozenset({"GPE", "LOC", "FAC"})
_BLOCKING_LABELS = frozenset({"PERSON", "ORG", "NORP", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE",
                              "PRODUCT", "DATE", "TIME", "MONEY", "QUANTITY"})  # fmt: skip
LOCATIVE = frozenset(
    "in at near outside inside around across throughout within toward towards from into through"
    " between via leaving reach reached entering entered visiting visit visited north south east"
    " west northern southern eastern western central downtown off beyond along".split()
)
_SOFT_LOCATIVE = frozenset({"to", "of", "for", "over", "on", "against", "and", "with"})
_TITLES = frozenset(
    "mr mrs ms miss dr sir lord lady president minister premier chancellor senator sen rep"
    " representative governor gov general gen colonel col captain capt lieutenant lt sergeant sgt"
    " major maj judge justice king queen prince princess pope bishop archbishop professor prof"
    " coach secretary chairman spokesman spokeswoman detective officer officers deputy sheriff"
    " chief inspector constable commander admiral ambassador mayor councillor councilman pastor"
    " rev reverend father sister brother saint singer actor actress author".split()
)
_TYPE_AFTER = {
    "county": ADMIN2, "parish": ADMIN2, "borough": ADMIN2, "district": ADMIN2, "counties": ADMIN2,
    "region": ADMIN1, "province": ADMIN1, "provinces": ADMIN1, "state": ADMIN1,
    "department": ADMIN1, "departments": ADMIN1, "governorate": ADMIN1, "oblast": ADMIN1,
    "prefecture": ADMIN1, "territory": ADMIN1, "regions": ADMIN1, "canton": ADMIN1,
    "krai": ADMIN1, "voivodeship": ADMIN1, "republic": ADMIN1, "municipality": ADMIN2,
    "raion": ADMIN2, "rayon": ADMIN2, "subdistrict": ADMIN2, "agency": ADMIN2,
}  # fmt: skip
_TYPE_BEFORE = {
    "city": CITY, "town": CITY, "village": CITY, "suburb": CITY, "hamlet": CITY, "port": CITY,
    "capital": CITY, "state": ADMIN1, "province": ADMIN1, "region": ADMIN1,
    "department": ADMIN1, "county": ADMIN2, "district": ADMIN2, "republic": COUNTRY,
}  # fmt: skip
#: Words that make the name before them the name of something else.
_HEADS = frozenset(
    "university college school hospital airport church street road avenue boulevard highway park"
    " stadium hotel bank times post herald tribune gazette journal news press club united fc rovers"
    " association company corporation corp inc ltd group council court commission committee"
    " department police ministry institute foundation party union league cup open festival"
    " championship championships treaty agreement accord convention act declaration conference"
    " battalion brigade regiment division fleet squadron airlines airways railway museum library"
    " cathedral mosque palace house center centre station bridge tunnel creek lane drive place"
    " square tower building mall casino theater theatre cartel stock exchange dow crude lions"
    " tigers bears eagles rangers giants cowboys raiders saints rockets lakers bulls celtics"
    " knicks mets yankees cubs sox reds braves marlins".split()
)
_PEOPLE_HEADS = frozenset({"man", "woman", "men", "women", "resident", "residents", "native",
                           "teen", "couple", "family", "mayor", "area", "police", "officials",
                           "suburb", "border", "-based", "based", "sheriff", "court",
                           "courthouse", "council", "hospital", "jail", "fire"})  # fmt: skip


# Words that may stand around a known name inside a place's longer name without changing where.
_GENERIC = frozenset(
    "north south east west northern southern eastern western central northeast northwest southeast"
    " southwest north-eastern north-western south-eastern south-western upper lower greater inner"
    " outer metropolitan downtown suburban rural old new county parish district province region"
    " state city town township village area department governorate airport international river"
    " valley bay lake mountains mountain hills hill coast beach port harbour harbor island islands"
    " peninsula the of and republic border strip camp metro".split()
)
_DIRECTIONS = frozenset(
    "north south east west northern southern eastern western central northeast northwest southeast"
    " southwest northeastern northwestern southeastern southwestern midwest upper lower".split()
)
_BODIES = frozenset(
    "police sheriff sheriffs fire county city municipal public town township school schools"
    " community regional district state council chamber high firefighters firefighter officers"
    " officer courthouse general memorial".split()
)
_DATELINE = re.compile(
    r"\s{0,4}(?:[A-Z][\w.'’-]{1,20}[ ,]{0,2}){1,6}(?:\([^)\n]{1,30}\)|,? \w{3,9}\.? \d{1,2}(?: \d{2,4})?)?"
    r"\s{0,2}(?:--|[-–—])\s{1,4}"
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
    initial: bool


def is_shouting(text: str) -> bool:
    """Whether a sentence is in capitals, so that case says nothing about names."""
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 8:
        return False
    return sum(c.isupper() for c in letters) > 0.85 * len(letters)


def words_of(sentence: Sentence) -> list[Word]:
    """Return the words of a sentence; letter case is the parser's where that restored it."""
    text = sentence.doc.text if sentence.doc is not None else sentence.text
    words = []
    initial = True
    last = 0
    for found in _WORD.finditer(text):
        word = found.group()
        if word.endswith(".") and not _is_abbreviation(word):
            word = word[:-1]
        if word[-2:] in _GENITIVES:
            word = word[:-2]
            if not word:
                continue
        between = text[last : found.start()]
        if words and any(c in between for c in '.!?:;"“”('):
            initial = any(c in between for c in '.!?:"“”')
        words.append(
            Word(
                start=sentence.start + found.start(),
                end=sentence.start + found.start() + len(word),
                text=word,
                lower=word.casefold().rstrip("."),
                capital=word[0].isupper(),
                initial=initial,
            )
        )
        initial = False
        last = found.start() + len(word)
    return words


_GENITIVES = {"'s", "’s", "'S", "’S", "`s", "ʼs"}


def _is_abbreviation(word: str) -> bool:
    return word in _DOTTED or (len(word) == 2 and word[0].isupper())


_DOTTED = {"St.", "Ste.", "Ft.", "Mt."} | {a for a in abbreviations() if a.endswith(".")}
_COMMON = frozenset(row["word"] for row in read_table("common_words.tsv"))
_DEMONYMS = frozenset(fold(row["word"]) for row in read_table("demonyms.tsv"))
# Abbreviations with inner dots are several words to `_WORD`; they are found by this instead.
_ABBREVIATION = re.compile(
    r"(?<![\w.])(?:"
    + "|".join(sorted((re.escape(a) for a in abbreviations()), key=len, reverse=True))
    + r")(?![\w])"
)


def mentions(article: Article, gazetteer: Gazetteer) -> list[Mention]:
    """Return every span of the article that the gazetteer or the recogniser holds for a place.

    Spans do not overlap; they come in the order of the text, scored.
    """
    spans: list[tuple[Sentence, list[Word], list[tuple[int, int, str]]]] = []
    keys: set[str] = set()
    for sentence in article.sentences:
        words = words_of(sentence)
        grams = _grams(words, article.text)
        spans.append((sentence, words, grams))
        keys.update(key for _, _, key in grams)
    keys.update(key for key, _ in abbreviations().values())
    known = gazetteer.lookup(keys)
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
        key, after_comma = abbreviations()[match.group()]
        before = text[max(sentence.start, start - 3) : start].rstrip()
        if after_comma and not before.endswith(","):
            continue
        if shouting and match.group() == "US" and not before:
            continue
        if key not in known:
            continue
        candidates = known[key]
        mention = Mention(start, end, text[start:end], key, sentence.index, candidates)
        mention.evidence["abbreviation"] = 1.0
        mention.score = 4.0
        if key == "washington" and match.group() in {"DC", "D.C."}:
            mention.kind_hint = CITY
        found.append(mention)
        taken.append((start, end))

    options = []
    for i, j, key in grams:
        start, end = words[i].start, words[j].end
        if key in known and not any(a < end and start < b for a, b in taken):
            options.append((i, j, key))
    # Longest first, then leftmost: "New York City" before "York".
    options.sort(key=lambda g: (-(g[1] - g[0]), g[0]))
    used: set[int] = set()
    for i, j, key in options:
        if any(k in used for k in range(i, j + 1)):
            continue
        mention = _mention(
            text, sentence, words, i, j, known[key], entities, people, small, shouting
        )
        if mention is None:
            continue
        mention.key = key
        used.update(range(i, j + 1))
        found.append(mention)
        taken.append((mention.start, mention.end))

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
        elif previous.lower in _SOFT_LOCATIVE:
            evidence["soft locative"] = 1.0
        elif previous.lower == "the" and i > 1 and words[i - 2].lower in LOCATIVE:
            evidence["soft locative"] = 1.0
        if previous.lower in _TITLES:
            evidence["title"] = 1.0
        elif (
            previous.capital
            and not shouting
            and not previous.initial
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
        if following.lower in _BODIES and kind_hint is None:
            evidence["body after"] = 1.0
        elif following.lower in _HEADS and following.capital:
            evidence["head after"] = 1.0
        elif following.lower in _PEOPLE_HEADS:
            evidence["people after"] = 1.0
        elif following.capital and not shouting and kind_hint is None and "\n" not in gap_after:
            evidence["capital after"] = 1.0
    if gap_after.strip() == "," and following and following.capital:
        evidence["comma capital"] = 1.0
    if previous and previous.lower == "of" and i > 1 and words[i - 2].lower in _TYPE_BEFORE:
        kind_hint = _TYPE_BEFORE[words[i - 2].lower]
        evidence["type before"] = 1.0
    elif previous and tight_before and previous.lower in {"city", "town", "village", "capital"}:
        kind_hint = CITY
        evidence["type before"] = 1.0
    if text[end : end + 2] in {"'s", "’s", "'S"}:
        evidence["genitive"] = 1.0
    if words[i].initial:
        evidence["initial"] = 1.0
        opening = _DATELINE.match(text, sentence.start)
        if opening and end <= opening.end() and start >= sentence.start and i < 6:
            evidence["dateline"] = 1.0
            evidence["initial"] = 0.0
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
    for mention in found:
        if "second" in mention.evidence:
            mention.score = second_score(mention.evidence)


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
