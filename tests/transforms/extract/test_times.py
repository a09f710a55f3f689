"""Time expressions: found, typed, resolved; and the dates of events."""

from __future__ import annotations

import gc
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.quality import timeline, timex
from transforms.extract import pipeline, times
from transforms.extract.model import Article, EventDate, Sentence, TimeExpression, Trigger
from transforms.extract.syntax import Doc
from transforms.extract.times import (
    dating,
    finding,
    grammar,
    lexicon,
    plausible,
    rules,
    tense,
    values,
)

TUESDAY = date(2019, 5, 14)


def article(text: str, published: date | None = TUESDAY, *, parse: bool = True) -> Article:
    built = Article("a", text, 0, published)
    start = 0
    for line in text.split("\n"):
        built.sentences.append(Sentence(len(built.sentences), start, start + len(line), line))
        start += len(line) + 1
    if parse:
        for sentence in built.sentences:
            sentence.doc = Doc.of(pipeline.load()(sentence.text))
    return built


def found(text: str, published: date | None = TUESDAY) -> list[tuple[str, str, str]]:
    return [(t.text, t.type, t.value) for t in times.find(article(text, published))]


@pytest.mark.parametrize(
    ("text", "words", "kind", "value"),
    [
        ("Rebels shelled Karsk on Friday.", "Friday", "DATE", "2019-05-10"),
        ("The two sides will meet on Friday.", "Friday", "DATE", "2019-05-17"),
        ("The talks are to be held on Friday.", "Friday", "DATE", "2019-05-17"),
        ("He resigned last Friday.", "last Friday", "DATE", "2019-05-10"),
        ("The vote is due next Monday.", "next Monday", "DATE", "2019-05-20"),
        ("Troops left the city yesterday.", "yesterday", "DATE", "2019-05-13"),
        ("The dam burst earlier this month.", "earlier this month", "DATE", "2019-05"),
        ("Output fell in the second quarter of 2008.", "the second quarter of 2008", "DATE",
         "2008-Q2"),
        ("She was elected two years ago.", "two years ago", "DATE", "2017"),
        ("The bridge fell three days ago.", "three days ago", "DATE", "2019-05-11"),
        ("The camp was shelled overnight.", "overnight", "TIME", "2019-05-14TNI"),
        ("A bomb went off this morning.", "this morning", "TIME", "2019-05-14TMO"),
        ("A bomb went off on Monday night.", "Monday night", "TIME", "2019-05-13TNI"),
        ("The curfew began at 9:30 p.m. on Monday.", "9:30 p.m. on Monday", "TIME",
         "2019-05-13T21:30"),
        ("The war began in the late 1980s.", "the late 1980s", "DATE", "198"),
        ("The treaty of late 2005 failed.", "late 2005", "DATE", "2005"),
        ("They returned in mid-March.", "mid-March", "DATE", "2019-03"),
        ("The law dates from 2008-04-03.", "2008-04-03", "DATE", "2008-04-03"),
        ("Signed on 25/10/2010 in Velm.", "25/10/2010", "DATE", "2010-10-25"),
        ("SAN VELMO, 3 JAN 90 (ANP)", "3 JAN 90", "DATE", "1990-01-03"),
        ("The march took place on August 6.", "August 6", "DATE", "2018-08-06"),
        ("The march will take place on August 6.", "August 6", "DATE", "2019-08-06"),
        ("Sales rose in February.", "February", "DATE", "2019-02"),
        ("The port reopened last summer.", "last summer", "DATE", "2018-SU"),
        ("He has been jailed for six years.", "six years", "DURATION", "P6Y"),
        ("Talks lasted several weeks.", "several weeks", "DURATION", "PXW"),
        ("They met over the past two weeks.", "the past two weeks", "DURATION", "P2W"),
        ("A six-month truce was agreed.", "six-month", "DURATION", "P6M"),
        ("The siege lasted nearly two decades.", "nearly two decades", "DURATION", "P20Y"),
        ("Shells fall every day.", "every day", "SET", "P1D"),
        ("They meet twice a week.", "twice a week", "SET", "P1W"),
        ("The army now holds the town.", "now", "DATE", "PRESENT_REF"),
        ("It was recently bombed.", "recently", "DATE", "PAST_REF"),
        ("Elections are likely in the near future.", "the near future", "DATE", "FUTURE_REF"),
        ("The strike began last week.", "last week", "DATE", "2019-W19"),
        ("They shot at each other on Christmas Day.", "Christmas Day", "DATE", "2018-12-25"),
        ("Crowds gathered on Easter Sunday 2016.", "Easter Sunday 2016", "DATE", "2016-03-27"),
        ("The party met at the end of the year.", "the end of the year", "DATE", "2019"),
        ("They fled at 9 a.m. on March 5, 2013.", "9 a.m. on March 5, 2013", "TIME",
         "2013-03-05T09:00"),
        ("It rained over the weekend.", "the weekend", "DATE", "2019-W19-WE"),
        ("He ruled for two and a half years.", "two and a half years", "DURATION", "P2.5Y"),
        ("Gunfire rang out on the night of April 30.", "the night of April 30", "TIME",
         "2019-04-30TNI"),
        ("Profits rose in fiscal 1989.", "fiscal 1989", "DATE", "FY1989"),
    ],
)  # fmt: skip
def test_expression(text: str, words: str, kind: str, value: str) -> None:
    assert (words, kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Troops may march on the capital and fall back.",
        "He took second place and spent 2000 dollars.",
        "Readers of the Daily Courier agreed.",
        "He drove 1914 miles to see USA Today.",
        "Nobody was hurt.",
        "",
    ],
)
def test_no_expression(text: str) -> None:
    assert found(text) == []


def test_discourse_counts_from_the_last_date_told() -> None:
    values_ = [v for _, _, v in found("Shelling began on April 2.\nThe next day the town fell.")]
    assert values_ == ["2019-04-02", "2019-04-03"]


def test_a_narrative_keeps_its_year() -> None:
    values_ = [v for _, _, v in found("The war ended in 1945.\nOn August 6 a city was destroyed.")]
    assert values_ == ["1945", "1945-08-06"]


def test_a_year_of_comparison_sets_no_narrative() -> None:
    text = "Exports rose from those of 1985 last year.\nIn January the ministry cut tariffs."
    assert ("January", "DATE", "2019-01") in found(text)


@pytest.mark.parametrize(
    "text",
    ["The 1985 class was proud.\nIn January two of them died.",
     "Since it was founded in 1985, ten members have died.\nIn January two were shot."],
)  # fmt: skip
def test_a_year_beside_the_narrative_sets_none(text: str) -> None:
    assert ("January", "DATE", "2019-01") in found(text)


def test_without_publication_days_stay_open() -> None:
    assert found("Rebels attacked on Friday.", None) == [("Friday", "DATE", "XXXX-WXX-5")]
    assert found("They fled on August 6.", None) == [("August 6", "DATE", "XXXX-08-06")]
    assert found("They fled yesterday.", None) == [("yesterday", "DATE", "PAST_REF")]


def test_a_dateline_stands_in_for_publication() -> None:
    text = "March 6, 2008\nRebels attacked the port on Wednesday."
    assert ("Wednesday", "DATE", "2008-03-05") in found(text, None)


def test_unparsed_sentences_are_judged_by_their_words() -> None:
    built = article("The court will sit on Friday.\nHe was shot on Friday.", parse=False)
    assert [t.value for t in times.find(built)] == ["2019-05-17", "2019-05-10"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["the", "second", "May", "3", "1990", "90", "-", "/", ":", "of", "year", "years", "two",
             "last", "Monday", "morning", "a", "quarter", "ago", "later", ",", ".", "\n", "p.m.",
             "'", "1980s", "next", "early", "Christmas", "99999999999", "0", "31", "February"]
        ),
        max_size=40,
    ).map(" ".join)
    | st.text(max_size=120)
)  # fmt: skip
def test_spans_are_in_order_and_values_resolve(text: str) -> None:
    built = article(text, parse=False)
    last = 0
    for each in times.find(built):
        assert last <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.text
        assert each.type in ("DATE", "TIME", "DURATION", "SET")
        assert each.value
        last = each.end
        known = values.start_of(each.value)
        assert known is None or 1 <= known[0].year <= 9999


@pytest.mark.parametrize(
    "unit",
    [
        "the second of the ",
        "1990-",
        "12:30:",
        "last last ",
        "two years two ",
        "May ",
        "1,000,",
        "on Friday ",
    ],
)
def test_hostile_text_costs_linear_work(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cost(size: int) -> int:
        return _work(Article("a", unit * (size // len(unit)), 0, TUESDAY), monkeypatch)

    cost(1_000)  # fills the caches
    short, long = cost(2_000), cost(8_000)
    assert short > 1_000
    assert long < 4.2 * short


def test_no_rule_reads_on_without_end() -> None:
    # `_work` cannot see how far a rule reads before it fails; without a repeat that is bounded.
    for rule in grammar.grammar().rules:
        assert not re.search(r"[*+{]", rule.expression.pattern), rule.name


_PATTERNS = [
    (module, name)
    for module in (dating, finding, grammar, lexicon, plausible, rules, tense)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
]


class _Counted:
    """A regular expression that adds the characters it is led over to a count."""

    def __init__(self, pattern: re.Pattern[str], count: Counter[str]) -> None:
        self.pattern, self.count = pattern, count

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} of a regular expression is not counted yet")

    def search(self, text: str, at: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        found = self.pattern.search(text, at, end)
        self.count["characters"] += (found.end() if found else min(end, len(text))) - at
        return found

    def match(self, text: str, at: int = 0) -> re.Match[str] | None:
        found = self.pattern.match(text, at)
        self.count["characters"] += found.end() - at if found else 1
        return found

    def findall(self, text: str) -> list[str]:
        self.count["characters"] += len(text)
        return self.pattern.findall(text)

    def finditer(self, text: str, at: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        self.count["characters"] += min(end, len(text)) - at
        return self.pattern.finditer(text, at, end)


def _work(built: Article, monkeypatch: pytest.MonkeyPatch) -> int:
    """What finding times costs, whatever else the machine does: the functions called, Python's and
    C's, and the characters that all regular expressions together are led over."""
    count: Counter[str] = Counter()

    def counted(pattern: re.Pattern[str]) -> Any:
        return _Counted(pattern, count)

    def profile(frame: FrameType, event: str, arg: object) -> None:
        count["calls"] += event in ("call", "c_call")

    plain = grammar.grammar()
    wrapped = replace(
        plain,
        rules=tuple(replace(rule, expression=counted(rule.expression)) for rule in plain.rules),
        either=counted(plain.either),
    )
    before = sys.getprofile()
    with monkeypatch.context() as patched:
        patched.setattr(finding, "grammar", lambda: wrapped)
        for module, name in _PATTERNS:
            patched.setattr(module, name, counted(getattr(module, name)))
        gc.disable()  # what other tests hang on the collector would be counted
        sys.setprofile(profile)
        try:
            times.find(built)
        finally:
            sys.setprofile(before)
            gc.enable()
    return count.total()


def test_every_holiday_rule_gives_a_day_each_year() -> None:
    for rule in lexicon.holidays().values():
        for year in (1987, 2000, 2024):
            assert abs(values.holiday_in(rule, year).year - year) <= 1
    with pytest.raises(ValueError, match="not a holiday rule"):
        values.holiday_in("tomorrow", 2000)


def test_holidays_fall_where_the_calendar_has_them() -> None:
    rules = lexicon.holidays()
    assert values.holiday_in(rules["thanksgiving"], 2023) == date(2023, 11, 23)
    assert values.holiday_in(rules["memorial day"], 2022) == date(2022, 5, 30)
    assert values.holiday_in(rules["good friday"], 2024) == date(2024, 3, 29)


def test_every_rule_compiles_and_names_its_labels() -> None:
    built = grammar.grammar()
    assert len(built.rules) > 80
    for rule in built.rules:
        assert set(rule.labels) == set(rule.expression.groupindex)


@pytest.mark.parametrize(
    ("value", "day", "precision"),
    [
        ("2008-04-03", date(2008, 4, 3), "day"),
        ("2008-04-03T15:30", date(2008, 4, 3), "day"),
        ("2008-04", date(2008, 4, 1), "month"),
        ("2008-W14", date(2008, 3, 31), "week"),
        ("2008-Q2", date(2008, 4, 1), "quarter"),
        ("2008-SU", date(2008, 6, 1), "quarter"),
        ("FY1989", date(1989, 1, 1), "year"),
        ("198", date(1980, 1, 1), "year"),
    ],
)
def test_start_of(value: str, day: date, precision: str) -> None:
    assert values.start_of(value) == (day, precision)


@pytest.mark.parametrize("value", ["PRESENT_REF", "XXXX-04-03", "P2Y", "2008-13", "2008-02-30", ""])
def test_start_of_nothing(value: str) -> None:
    assert values.start_of(value) is None


def dated(text: str, word: str, published: date | None = TUESDAY) -> EventDate:
    built = article(text, published)
    built.times = times.find(built)
    for sentence in built.sentences:
        assert sentence.doc is not None
        for token in sentence.doc:
            if token.text == word:
                trigger = Trigger(
                    token, token.idx, token.idx + len(token), "ASSAULT", None, None, 1.0, "test"
                )
                return times.date_event(trigger, sentence, built)
    raise AssertionError(word)


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("Rebels attacked the port on Friday.", "attacked",
         EventDate(date(2019, 5, 10), "day", "Friday")),
        ("The army said on Monday that rebels attacked the port on Friday.", "attacked",
         EventDate(date(2019, 5, 10), "day", "Friday")),
        ("The attack on Friday killed six people.", "attack",
         EventDate(date(2019, 5, 10), "day", "Friday")),
        ("On Sunday, rebels stormed the base and killed six soldiers.", "killed",
         EventDate(date(2019, 5, 12), "day", "Sunday")),
        ("The leaders will meet in June.", "meet", EventDate(date(2019, 6, 1), "month", "June")),
        ("He was jailed in 2003.", "jailed", EventDate(date(2003, 1, 1), "year", "2003")),
        ("Rebels attacked the port.", "attacked", EventDate(TUESDAY, "day", None)),
    ],
)  # fmt: skip
def test_date_event(text: str, word: str, expected: EventDate) -> None:
    assert dated(text, word) == expected


def test_a_past_event_belongs_to_the_day_the_story_tells() -> None:
    text = "Rebels stormed the base on Sunday.\nThey burned two trucks."
    assert dated(text, "burned") == EventDate(date(2019, 5, 12), "day", "Sunday")


def test_a_lead_takes_the_day_told_behind_it() -> None:
    text = "Rebels stormed a base in the hills.\nThe raid on Sunday lasted an hour."
    assert dated(text, "stormed") == EventDate(date(2019, 5, 12), "day", "Sunday")


def test_a_definite_event_echoes_its_first_mention() -> None:
    text = "Gunmen attacked the mine on May 2.\nPolice arrived on Monday.\nThe attack was long."
    assert dated(text, "attack") == EventDate(date(2019, 5, 2), "day", "May 2")


@pytest.mark.parametrize(
    "text",
    [
        "Police today accused the rebels of the murder of a judge.",
        "Rebels seized a bridge on Sunday.\nPolice investigated the murder of a judge.",
    ],
)
def test_what_is_known_already_is_not_dated_by_what_is_said_of_it(text: str) -> None:
    assert dated(text, "murder") == EventDate(TUESDAY, "day", None)


def test_the_day_of_telling_is_no_day_of_the_story() -> None:
    text = "Rebels attacked a village, police said today.\nThey burned two trucks."
    assert dated(text, "attacked") == EventDate(TUESDAY, "day", None)
    assert dated(text, "burned") == EventDate(TUESDAY, "day", None)


def test_no_date_at_all() -> None:
    assert dated("Rebels attacked the port.", "attacked", None) == EventDate(None, "none", None)


def test_a_dateline_dates_no_event() -> None:
    text = "May 13, 2019\nRebels attack the port."
    assert dated(text, "attack") == EventDate(TUESDAY, "day", None)


def test_a_wire_dateline_is_no_day_of_the_story() -> None:
    text = "SAN VELMO, 13 MAY 19 (ANP) -- [TEXT]\nRebels burned two trucks."
    assert dated(text, "burned") == EventDate(TUESDAY, "day", None)


def test_a_vague_past_is_not_the_day_of_the_story() -> None:
    text = "Rebels stormed the base on Sunday.\nThey burned a truck a few weeks ago."
    assert dated(text, "burned") == EventDate(None, "none", "a few weeks ago")


@pytest.mark.parametrize("name", ["3 May Movement", "3 April Movement", "3-April Brigade"])
def test_a_movement_named_after_a_day_is_no_date(name: str) -> None:
    assert found(f"The {name} signed the pact.") == []


def test_the_full_stop_behind_a_month_ends_the_sentence() -> None:
    assert found("He was shot on 7 May.") == [("7 May", "DATE", "2019-05-07")]
    assert found("He was shot on 7 Feb. in Karsk.") == [("7 Feb.", "DATE", "2019-02-07")]


def test_offsets_count_from_the_article() -> None:
    text = "Nothing happened.\nHe left on Monday."
    assert times.find(article(text)) == [
        TimeExpression(text.index("Monday"), len(text) - 1, "Monday", "DATE", "2019-05-13")
    ]


@pytest.mark.gold
def test_expressions_against_meantime(shared: Path) -> None:
    figures = {f.metric: f.value for f in timex.score(shared / "gold")}
    assert figures["relaxed F1"] >= 0.93
    assert figures["strict F1"] >= 0.89
    assert figures["value F1"] >= 0.82


@pytest.mark.gold
def test_dates_against_the_timeline_task(shared: Path) -> None:
    assert timeline.score(shared / "gold")[0].value >= 0.75
