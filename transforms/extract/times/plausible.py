"""Whether the surroundings let words be what a rule of the grammar takes them for.

"May", "march", "fall", "second" and "2,000" are times only in company. The checks read the case
of letters, the words beside the match and, where the sentence was parsed, its parse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from transforms.extract.model import Sentence
from transforms.extract.times import lexicon, tense


@dataclass(slots=True)
class Token:
    """A token of the grammar: offsets in the sentence's text and the word in lower case."""

    start: int
    end: int
    lower: str


@dataclass(slots=True)
class Site:
    """A match in its sentence: tokens `first:end`, the words beside it and its text."""

    sentence: Sentence
    tokens: list[Token]
    first: int
    end: int

    @property
    def raw(self) -> str:
        """The text of the match."""
        return self.sentence.text[self.tokens[self.first].start : self.tokens[self.end - 1].end]

    @property
    def before(self) -> str:
        """The word before the match; empty at the start of the sentence."""
        return self.tokens[self.first - 1].lower if self.first else ""

    @property
    def after(self) -> str:
        """The word behind the match; empty at the end of the sentence."""
        return self.tokens[self.end].lower if self.end < len(self.tokens) else ""

    def capital(self, index: int) -> bool:
        """Whether the token at `index` exists and starts with a capital letter."""
        return (
            0 <= index < len(self.tokens) and self.sentence.text[self.tokens[index].start].isupper()
        )


YEAR_BEFORE = lexicon.words(
    """in since of by until till from during late early mid to between and through before after for
    than around about circa year as election back – - ( '"""
)
_MONTH_BEFORE = lexicon.words(
    """in of since by until till last this next early late mid through thru to from and during for
    before after between each every on around - – / or end beginning ending ended"""
)
_NO_YEAR_BEFORE = lexicon.words(
    """$ £ € ¥ # no nr number flight route highway room model page lot section article resolution
    case"""
)
_COUNTED = lexicon.words(
    """people persons men women troops soldiers workers employees jobs homes houses shares tonnes
    tons miles kilometres kilometers km feet metres meters dlrs dollars euros pounds mln million
    billion percent pct points votes seats refugees members students units cars barrels others
    civilians fighters protesters demonstrators families victims hectares acres lbs kg mph hp cc mm
    cm stg francs marks yen gmt hours"""
)
_SHORT_MONTHS = frozenset(m[:3] for m in lexicon.MONTHS) - {"may"} | {"sept"}
_NAMED_AFTER_DAYS = lexicon.words(
    """movement organization organisation brigade front group revolution army party university
    street avenue square bridge stadium hospital airport"""
)
_QUANTITIES = lexicon.words("% percent pct mln million billion bln degrees")


def plausible(name: str, site: Site) -> bool:
    """Whether a match of the rule `name` may stand; names and months need their capitals."""
    for index in range(site.first, site.end):
        word = site.tokens[index].lower
        if (word in lexicon.MONTH_NUMBERS or word in lexicon.WEEKDAY_NUMBERS) and not site.capital(
            index
        ):
            return False
    check = _CHECKS.get(name)
    return check is None or check(site)


def _bare_month(site: Site) -> bool:
    word, before, after = site.tokens[site.first].lower, site.before, site.after
    if _names_something(site):
        return False
    if word in _SHORT_MONTHS and word not in lexicon.MONTHS:
        return after == "." or before in _MONTH_BEFORE
    if word == "may":
        return before in _MONTH_BEFORE
    if word == "march":
        return before in _MONTH_BEFORE or (
            site.first > 0 and after in (".", ",", "to", "and", "'s")
        )
    if word in ("august", "april", "june"):
        return before in _MONTH_BEFORE or not (site.capital(site.end) or _is_person(site))
    return True


def _weekday(site: Site) -> bool:
    word = site.tokens[site.first].lower
    return word in lexicon.WEEKDAYS or site.before in _MONTH_BEFORE or site.after == "."


def _month_day(site: Site) -> bool:
    return site.after not in _QUANTITIES and not _names_something(site)


def _names_something(site: Site) -> bool:
    """Whether what follows is named after the day: "the 19 April Movement"."""
    return site.after in _NAMED_AFTER_DAYS and site.capital(site.end)


def _numeric_date(site: Site) -> bool:
    return site.after != "/" and site.before != "/"


def _duration(site: Site) -> bool:
    return site.before not in ("$", "£", "€")


def _frequency(site: Site) -> bool:
    # "the Daily Mail", "Business Weekly": part of a name.
    if site.before == "-":
        return False
    if site.sentence.text.isupper():
        return True
    return not site.capital(site.first) or (site.first == 0 and not site.capital(site.end))


def _season(site: Site) -> bool:
    # "Winter Olympics", "Prague Spring"; but "the Spring of 1968".
    last = site.end - 1
    word = site.tokens[last].lower
    return not (
        word in lexicon.SEASONS
        and site.capital(last)
        and site.first > 0
        and not site.raw.isupper()
        and site.capital(site.end)
    )


def _today(site: Site) -> bool:
    # "USA Today".
    return not (site.raw == "Today" and site.capital(site.first - 1) and site.before.isalpha())


def _is_person(site: Site) -> bool:
    token = tense.token_at(site.sentence, site.tokens[site.first].start)
    return token is not None and token.ent_type_ == "PERSON"


def _bare_year(site: Site) -> bool:
    tokens, first, end = site.tokens, site.first, site.end
    before, after = site.before, site.after
    if before in _NO_YEAR_BEFORE or after in _COUNTED or after in _QUANTITIES or after in "/:":
        return after == "" and before not in _NO_YEAR_BEFORE
    glued_before = first > 0 and tokens[first - 1].end == tokens[first].start
    if glued_before and before in (".", ",", "+", "=", "/", "_"):
        return False
    if glued_before and before == "-":
        previous = tokens[first - 2].lower if first > 1 else ""
        if not previous.isdigit() and previous not in ("mid", "late", "early", "pre", "post"):
            return False
    glued_after = end < len(tokens) and tokens[end].start == tokens[end - 1].end
    if glued_after and after in (".", ",") and end + 1 < len(tokens):
        following = tokens[end + 1]
        if following.start == tokens[end].end and following.lower[0].isdigit():
            return False
    year = int(tokens[first].lower)
    if not 1700 <= year <= 2060:
        led = before in ("in", "since", "year", "circa", "until", "from")
        return led and not after.endswith("s")
    token = tense.token_at(site.sentence, tokens[first].start)
    if token is not None:
        counts = token.dep_ == "nummod" and token.head.tag_ == "NNS" and token.head.i > token.i
        return not counts or before in ("the", "in")
    plural = after.isalpha() and after.endswith("s") and len(after) > 3
    return not plural or before in ("in", "since", "the", "during", "by")


_CHECKS: dict[str, Callable[[Site], bool]] = {
    "bare_month": _bare_month,
    "weekday": _weekday,
    "month_day": _month_day,
    "day_month": _month_day,
    "numeric_date": _numeric_date,
    "counted_duration": _duration,
    "hyphened_duration": _duration,
    "compound_duration": _duration,
    "frequency": _frequency,
    "season": _season,
    "present": _today,
    "named_day": _today,
    "bare_year": _bare_year,
}
