"""Find time expressions in an article and resolve them, in the order of the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from transforms.extract.model import Article, Sentence, TimeExpression, TimexType
from transforms.extract.times import lexicon, rules, tense, values
from transforms.extract.times.grammar import OTHER, Rule, code_of, grammar

# Words that hedge or cut a quantity or a period and belong to the expression (TimeML `mod`).
_BEFORE_COUNT = re.compile(
    r"(?:\b(?:about|around|nearly|almost|roughly|approximately|some|over|under|more than|less than"
    r"|fewer than|at least|at most|no more than|no less than|up to|as many as|just over"
    r"|just under|an estimated|a mere)[ \n])\Z",
    re.IGNORECASE,
)
_BEFORE_DATE = re.compile(
    r"(?:\b(?:early|late|mid|later|earlier)(?: in|[ -]-? ?)|\bmid[-–]|"
    r"\bthe (?:early|late|mid|middle|beginning|start|end)(?: of|[ -]) ?)\Z",
    re.IGNORECASE,
)
_YEAR_BEFORE = frozenset(
    ["in", "since", "of", "by", "until", "till", "from", "during", "late", "early", "mid", "to", "between", "and", "through", "before", "after", "for", "than", "around", "about", "circa", "c.", "year", "as", "election", "season", "back"]
)  # fmt: skip
_MONTH_BEFORE = frozenset(
    ["in", "of", "since", "by", "until", "till", "last", "this", "next", "early", "late", "mid", "through", "thru", "to", "from", "and", "during", "for", "before", "after", "between", "each", "every", "on", "around", "-", "–", "/", "or", "end", "beginning", "/", "around", "ending", "ended"]
)  # fmt: skip
_NO_YEAR_BEFORE = frozenset(["$", "£", "€", "¥", "#", "no", "nr", "number", "flight", "route", "highway", "room", "model", "page"])
_COUNTED_AFTER = re.compile(
    r"(?:people|persons|men|women|troops|soldiers|workers|employees|jobs|homes|houses|shares|"
    r"tonnes|tons|miles|kilometres|kilometers|km|feet|metres|meters|dlrs|dollars|euros|pounds|mln|"
    r"million|billion|percent|pct|points|votes|seats|refugees|members|students|units|cars|barrels|"
    r"others|civilians|fighters|protesters|demonstrators|families|victims|hectares|acres|lbs|kg|"
    r"mph|hp|cc|mm|cm|stg|francs|marks|yen)\Z",
    re.IGNORECASE,
)
_SHORT_MONTHS = frozenset(m[:3] for m in lexicon.MONTHS) - {"may"} | {"sept"}
_DISCOURSE_LIMIT = 400  # characters within which a narrative year still holds


@dataclass(slots=True)
class _Token:
    start: int
    end: int
    lower: str


@dataclass(slots=True)
class _State:
    """What the text has said of dates so far."""

    anchor: date | None
    reference: date | None = None
    year: int | None = None
    year_at: int = -10_000
    found: list[TimeExpression] = field(default_factory=list)


def find(article: Article) -> list[TimeExpression]:
    """The time expressions of an article, in order and without overlap, types and values TIMEX3.

    Values are resolved against `article.published`, or, where that is missing, against a full
    date that stands alone at the head of the text (a dateline); without either, days keep `XXXX`
    for their year and deictic words become `PAST_REF`, `PRESENT_REF` or `FUTURE_REF`. Parsed
    sentences (`Sentence.doc`) give the tense that tells last Friday from next; unparsed ones are
    judged by their words. The cost is linear in the length of the text.
    """
    state = _State(article.published or _dateline(article))
    state.reference = state.anchor
    for sentence in _chunks(article):
        if lexicon.TRIGGER.search(sentence.text):
            _find_in(sentence, article, state)
    return state.found


def _chunks(article: Article) -> Iterator[Sentence]:
    """The sentences; where the article was not split, its lines."""
    if article.sentences:
        yield from article.sentences
        return
    start = 0
    for index, line in enumerate(article.text.split("\n")):
        headline = index == 0 and start < article.title_length
        yield Sentence(index, start, start + len(line), line, headline)
        start += len(line) + 1


_HEAD_DATE = re.compile(
    r"(?:[^\n]{0,60}[ (,-])?("
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d{1,2},? \d{4}"
    r"|\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6},? \d{2,4}"
    r"|\d{4}-\d\d-\d\d)",
    re.IGNORECASE,
)


def _dateline(article: Article) -> date | None:
    """A full date within the first lines of the text, or in the dateline kept beside it."""
    heads = [article.dateline or "", *article.text[:600].split("\n")[:4]]
    for head in heads:
        found = _HEAD_DATE.match(head)
        if found:
            tokens = _tokens(found[1])
            for name in ("month_day", "day_month", "iso_date", "wire_date"):
                result = _apply(name, found[1], tokens)
                if result:
                    known = values.start_of(result)
                    if known and known[1] == "day":
                        return known[0]
    return None


def _apply(name: str, text: str, tokens: list[_Token]) -> str | None:
    codes = "".join(code_of(t.lower) for t in tokens)
    for each in grammar().rules:
        if each.name == name:
            match = each.expression.fullmatch(codes)
            if match:
                built = each.build(
                    _as_match(each, match, text, tokens, 0),
                    rules.Context(None, None, lambda: "none"),
                )
                return built[1] if built else None
    return None


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(m.start(), m.end(), m[0].lower().replace("’", "'"))
        for m in lexicon.TOKEN.finditer(text)
    ]


def _as_match(
    each: Rule, match: re.Match[str], text: str, tokens: list[_Token], offset: int
) -> rules.Match:
    words = [t.lower for t in tokens[match.start() : match.end()]]
    raw = text[tokens[match.start()].start : tokens[match.end() - 1].end]
    labels: dict[str, list[str]] = {}
    for key, label in each.labels.items():
        start, end = match.span(key)
        if start >= 0:
            labels.setdefault(label, [t.lower for t in tokens[start:end]])
    return rules.Match(words, raw, labels)


def _find_in(sentence: Sentence, article: Article, state: _State) -> None:
    text = sentence.text
    tokens = _tokens(text)
    codes = "".join(map(code_of, (t.lower for t in tokens)))
    built = grammar()
    cores = [m.start() for m in built.core.finditer(codes)]
    if not cores:
        return
    i = 0
    floor = 0
    while i < len(tokens):
        if codes[i] == OTHER:
            i += 1
            continue
        at = bisect_right(cores, i - 1)
        if at == len(cores):
            return
        if cores[at] > i + 6:
            i = max(i + 1, cores[at] - 6)
            continue
        taken = _longest(i, sentence, article, state, tokens, codes, floor)
        if taken is None:
            i += 1
        else:
            i = floor = taken


def _longest(
    i: int,
    sentence: Sentence,
    article: Article,
    state: _State,
    tokens: list[_Token],
    codes: str,
    floor: int,
) -> int | None:
    """Take the longest expression that starts at token `i`; the token behind it, or `None`."""
    matches = [
        (match.end(), -order, each, match)
        for order, each in enumerate(grammar().rules)
        if (match := each.expression.match(codes, i))
    ]
    matches.sort(key=lambda m: (m[0], m[1]), reverse=True)
    text = sentence.text
    before = tokens[i - 1].lower if i else ""
    for end, _, each, match in matches:
        if not _plausible(each.name, i, end, sentence, tokens):
            continue
        start_at = tokens[i].start

        def lean(at: int = start_at) -> rules.Lean:
            return tense.lean(sentence, at)

        offset = sentence.start + start_at
        year = state.year if offset - state.year_at < _DISCOURSE_LIMIT else None
        context = rules.Context(state.anchor, state.reference, lean, year, before)
        result = each.build(_as_match(each, match, text, tokens, 0), context)
        if result is None:
            continue
        kind, value = result
        if not value:
            continue
        stop = tokens[end - 1].end
        begin = _extended(text, start_at, tokens[floor].start if floor < len(tokens) else 0, kind)
        _keep(state, sentence, article, begin, stop, kind, value, each.name)
        return end
    return None


def _extended(text: str, start: int, floor: int, kind: TimexType) -> int:
    """Where the expression starts once hedges and "early", "late" before it are counted in."""
    window = text[max(floor, start - 24) : start]
    for pattern in (
        (_BEFORE_COUNT, _BEFORE_DATE) if kind != "DATE" else (_BEFORE_DATE, _BEFORE_COUNT)
    ):
        found = pattern.search(window)
        if found:
            return start - (len(window) - found.start())
    return start


def _plausible(name: str, i: int, end: int, sentence: Sentence, tokens: list[_Token]) -> bool:
    """Whether the surroundings let the words be what the rule takes them for."""
    text = sentence.text
    first = tokens[i]
    before = tokens[i - 1].lower if i else ""
    after = tokens[end].lower if end < len(tokens) else ""
    raw = text[first.start : tokens[end - 1].end]
    if name == "bare_year":
        return _is_year(i, end, sentence, tokens)
    if name == "bare_month":
        if not raw[0].isupper():
            return False
        lower = first.lower
        if lower in _SHORT_MONTHS and lower not in lexicon.MONTHS:
            return (
                after == "." or before in _MONTH_BEFORE or (raw.isupper() and before in _MONTH_BEFORE)
            )
        if lower in ("may", "march", "august", "april", "june"):
            if lower == "may":
                return before in _MONTH_BEFORE
            if lower == "march":
                return before in _MONTH_BEFORE or (i > 0 and after in (".", ",", "to", "and", "'s"))
            if lower == "august":
                return not (after.isalpha() and text[tokens[end].start].isupper())
            return not _is_name(sentence, first.start)
        return True
    if name == "weekday":
        if not raw[0].isupper():
            return False
        return first.lower in lexicon.WEEKDAYS or before in _MONTH_BEFORE or after == "."
    if name in ("month_day", "month_year", "day_month", "month_spelled_day"):
        if not any(c.isupper() for c in raw):
            return False
        if name == "month_day" and after in ("%", "percent", "pct", "mln", "million", "billion"):
            return False
        return True
    if name == "numeric_date":
        return after not in ("/",) and before not in ("/",)
    if name in ("duration", "compound_duration"):
        return before not in ("$", "£", "€")
    if name == "frequency":
        # "the Daily Mail", "Weekly Standard": part of a name.
        return not (
            raw[0].isupper() and (i > 0 or (after.isalpha() and text[tokens[end].start].isupper()))
        )
    if name == "season":
        return not (
            raw[0].isupper()
            and tokens[end - 1].lower in lexicon.SEASONS
            and text[tokens[end - 1].start].isupper()
            and i > 0
            and not raw.isupper()
            and after.isalpha()
            and text[tokens[end].start].isupper()
        )
    if name == "present" and first.lower == "today":
        # "USA Today", "Russia Today".
        return not (
            raw == "Today" and i > 0 and text[tokens[i - 1].start].isupper() and before.isalpha()
        )
    if name == "named_day":
        return not (
            raw == "Today" and i > 0 and text[tokens[i - 1].start].isupper() and before.isalpha()
        )
    if name == "decade":
        return True
    return True


def _is_name(sentence: Sentence, offset: int) -> bool:
    """Whether the entity recogniser takes the word at `offset` for a person."""
    if sentence.doc is None:
        return False
    token = tense.token_at(sentence, offset)
    return token is not None and token.ent_type_ == "PERSON"


def _is_year(i: int, end: int, sentence: Sentence, tokens: list[_Token]) -> bool:
    before = tokens[i - 1].lower if i else ""
    after = tokens[end].lower if end < len(tokens) else ""
    text = sentence.text
    year = int(tokens[i].lower)
    if before in _NO_YEAR_BEFORE or _COUNTED_AFTER.match(after) or after in ("%", "/", ":"):
        return False
    if (
        before in (".", ",")
        and i > 1
        and tokens[i - 2].lower.isdigit()
        and tokens[i - 1].end == tokens[i].start
    ):
        return False
    if after in (".", ",") and end + 1 < len(tokens) and tokens[end].end == tokens[end + 1].start:
        if tokens[end + 1].lower[0].isdigit():
            return False
    if before in ("+", "=") or (
        before == "-"
        and i > 1
        and not tokens[i - 2].lower.isdigit()
        and tokens[i - 2].end == tokens[i - 1].start
        and tokens[i - 2].lower not in ("mid", "late", "early", "pre", "post")
    ):
        return False
    if year < 1700 or year > 2060:
        return before in ("in", "since", "year", "circa", "until", "from") and not (
            after.isalpha() and after.endswith("s")
        )
    if sentence.doc is not None:
        token = tense.token_at(sentence, tokens[i].start)
        if (
            token is not None
            and token.dep_ == "nummod"
            and token.head.tag_ == "NNS"
            and token.head.i > token.i
        ):
            return (
                before not in ("the", "in", "of")
                or (token.head.ent_type_ in ("MONEY", "QUANTITY", "CARDINAL")
                and False)
            )
    elif (
        after.isalpha()
        and after.endswith("s")
        and after not in ("was", "is", "has", "as", "'s", "elections", "olympics")
    ):
        return before in _YEAR_BEFORE and before not in (
            "of",
            "to",
            "than",
            "about",
            "around",
            "for",
            "some",
        )
    del text
    return True


def _keep(
    state: _State,
    sentence: Sentence,
    article: Article,
    begin: int,
    stop: int,
    kind: TimexType,
    value: str,
    name: str,
) -> None:
    start, end = sentence.start + begin, sentence.start + stop
    state.found.append(TimeExpression(start, end, article.text[start:end], kind, value))
    if kind not in ("DATE", "TIME"):
        return
    known = values.start_of(value)
    if known is None:
        return
    day, precision = known
    state.reference = day
    if state.anchor is None or precision == "none":
        return
    if name in ("bare_year", "month_year", "month_day", "day_month", "the_year", "edge_of_month"):
        explicit = str(day.year) in article.text[start:end]
        if explicit:
            far = abs(day.year - state.anchor.year) >= 2
            state.year = day.year if far else None
            state.year_at = end
        elif state.year is not None:
            state.year_at = end
    elif name not in ("decade", "century"):
        state.year = None
