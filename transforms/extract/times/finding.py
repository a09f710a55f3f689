"""Find time expressions in an article and resolve them, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from transforms.extract.model import Article, Sentence, TimeExpression, TimexType
from transforms.extract.times import lexicon, rules, tense, values
from transforms.extract.times.grammar import RUN, Rule, code_of, grammar, matches, starts
from transforms.extract.times.plausible import Site, Token, plausible

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
_COUNTING = frozenset({"counted_duration", "counted_shift", "closing_shift", "hyphened_duration"})
_UNHEDGED = re.compile(r"(?:the|this|last|past|next|previous|coming|recent)\b", re.IGNORECASE)
# Behind these a year is one that something is compared with, not the year that is told of.
_COMPARED = lexicon.words("from than since to of vs through until till by")
_SINCE = re.compile(r"\bsince\b[^,.;:]{1,60}\Z", re.IGNORECASE)
_CLAUSE_LENGTH = 60  # characters
_DISCOURSE_LIMIT = 400  # characters within which a narrative year still holds


@dataclass(slots=True)
class _State:
    """What the text has said of dates so far."""

    anchor: date | None
    reference: date | None = None
    year: int | None = None
    year_at: int = -10_000
    found: list[TimeExpression] = field(default_factory=list)


def find(article: Article, sentences: int | None = None) -> list[TimeExpression]:
    """The time expressions of an article, in order and without overlap, types and values TIMEX3.

    With `sentences`, only those of so many from the beginning.

    Values are resolved against `article.published`, or, where that is missing, against a full
    date that stands alone at the head of the text (a dateline); without either, days keep `XXXX`
    for their year and deictic words become `PAST_REF`, `PRESENT_REF` or `FUTURE_REF`. Parsed
    sentences (`Sentence.doc`) give the tense that tells last Friday from next; unparsed ones are
    judged by their words. The cost is linear in the length of the text.
    """
    state = _State(article.published or _dateline(article))
    state.reference = state.anchor
    for sentence in islice(_chunks(article), sentences):
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


def _apply(name: str, text: str, tokens: list[Token]) -> str | None:
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


def _tokens(text: str) -> list[Token]:
    return [
        Token(m.start(), m.end(), m[0].lower().replace("’", "'"))
        for m in lexicon.TOKEN.finditer(text)
    ]


def _as_match(
    each: Rule, match: re.Match[str], text: str, tokens: list[Token], offset: int
) -> rules.Match:
    words = [t.lower for t in tokens[offset + match.start() : offset + match.end()]]
    raw = text[tokens[offset + match.start()].start : tokens[offset + match.end() - 1].end]
    labels: dict[str, list[str]] = {}
    for key, label in each.labels.items():
        start, end = match.span(key)
        if start >= 0:
            labels.setdefault(label, [t.lower for t in tokens[offset + start : offset + end]])
    return rules.Match(words, raw, labels)


def _find_in(sentence: Sentence, article: Article, state: _State) -> None:
    codes = "".join(map(code_of, lexicon.TOKEN.findall(sentence.text)))
    tokens: list[Token] = []
    floor = 0
    for run in RUN.finditer(codes):
        at = run.start()
        for start in starts(run.group()):
            if at + start < floor:
                continue
            tokens = tokens or _tokens(sentence.text)
            found = matches(run.group(), start)
            floor = _longest(at, start, found, sentence, article, state, tokens, floor) or floor


def _longest(
    at: int,
    start: int,
    found: Sequence[tuple[Rule, re.Match[str]]],
    sentence: Sentence,
    article: Article,
    state: _State,
    tokens: list[Token],
    floor: int,
) -> int | None:
    """Take the longest of the expressions found at token `at + start`, in a run that begins at
    `at`; return the token behind it, or `None`."""
    i = at + start
    text = sentence.text
    for each, match in found:
        end = at + match.end()
        site = Site(sentence, tokens, i, end)
        if not plausible(each.name, site):
            continue
        start_at = tokens[i].start

        def lean(at: int = start_at) -> rules.Lean:
            return tense.lean(sentence, at)

        offset = sentence.start + start_at
        year = state.year if offset - state.year_at < _DISCOURSE_LIMIT else None
        context = rules.Context(state.anchor, state.reference, lean, year, site.before, site.after)
        result = each.build(_as_match(each, match, text, tokens, at), context)
        if result is None:
            continue
        kind, value = result
        if not value:
            continue
        last = tokens[end - 1]
        if last.lower == "." and tokens[end - 2].lower in lexicon.MONTHS:
            last = tokens[end - 2]  # no stop of an abbreviation
        stop = last.end
        begin = _extended(
            text, start_at, tokens[floor].start if floor < len(tokens) else 0, kind, each.name
        )
        _keep(state, sentence, article, begin, stop, kind, value, each.name, site.before)
        return end
    return None


def _extended(text: str, start: int, floor: int, kind: TimexType, name: str) -> int:
    """Where the expression starts once hedges and "early", "late" before it are counted in."""
    window = text[max(floor, start - 24) : start]
    if name in _COUNTING and _UNHEDGED.match(text, start):
        return start
    found = (_BEFORE_COUNT if name in _COUNTING else _BEFORE_DATE).search(window)
    if found and (kind in ("DATE", "TIME") or name in _COUNTING):
        return start - (len(window) - found.start())
    return start


def _aside(sentence: Sentence, begin: int, name: str, before: str) -> bool:
    """Whether a year is not that of the narrative: it marks what a thing is ("the 1977 class") or
    what something has lasted since ("since it was founded in 1985")."""
    if name == "bare_year" and before == "the":
        return True
    return _SINCE.search(sentence.text, max(0, begin - _CLAUSE_LENGTH), begin) is not None


def _keep(
    state: _State,
    sentence: Sentence,
    article: Article,
    begin: int,
    stop: int,
    kind: TimexType,
    value: str,
    name: str,
    before: str,
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
    if str(day.year) in article.text[start:end]:
        if before not in _COMPARED and not _aside(sentence, begin, name, before):
            far = abs(day.year - state.anchor.year) >= 2
            state.year = day.year if far else None
            state.year_at = end
    elif state.year is not None and day.year == state.year:
        state.year_at = end
    elif name not in ("decade", "century"):
        state.year = None
