"""The values that the parts of the extractor exchange.

An article is cut into sentences by rule; each sentence that can hold an event is parsed as a
spaCy `Doc` of its own. A token's place in the article's text is `sentence.start + token.idx`, so
every part can give offsets in the article without knowing about its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from transforms.extract.syntax import Doc, Span, Token

TimexType = Literal["DATE", "TIME", "DURATION", "SET"]
DatePrecision = Literal["day", "week", "month", "quarter", "year", "none"]
PlacePrecision = Literal["city", "admin1", "country"]
Time = Literal["past", "ongoing", "future"]
Polarity = Literal["positive", "negative"]
Certainty = Literal["certain", "claimed", "possible", "hypothetical"]


@dataclass(slots=True)
class Sentence:
    """A sentence of an article: its span in the article's text and, once parsed, its `Doc`.

    `doc.text` has the length of the span, character for character (letter case may be restored
    for the parser: headlines and all-capitals text), so offsets carry over. `doc` is `None` where
    the sentence was not parsed.
    """

    index: int
    start: int
    end: int
    text: str
    is_headline: bool = False
    doc: Doc | None = None
    heads: list[int] | None = None
    """The tokens on which a trigger may stand, where that is known."""


@dataclass(slots=True)
class Article:
    """What the extractor knows of an article. `text` is `title` + newline + `body`."""

    article_id: str
    text: str
    title_length: int = 0
    published: date | None = None
    source: str | None = None
    dateline: str | None = None
    story_id: str | None = None
    sentences: list[Sentence] = field(default_factory=list)
    times: list[TimeExpression] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    is_grounded: bool = False
    """Whether times and places have been looked for."""
    dated: dict[int, list[Any]] = field(default_factory=dict)
    """By sentence, the dates that events may have: what `times.dating` has found so far."""


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A TIMEX3 (ISO-TimeML): offsets in the article's text, type, and resolved value."""

    start: int
    end: int
    text: str
    type: TimexType
    value: str


@dataclass(frozen=True, slots=True)
class EventDate:
    """When an event happened. `date` is the first day of the period that `precision` names."""

    date: date | None
    precision: DatePrecision
    text: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A toponym and what it was resolved to; offsets in the article's text, degrees WGS 84."""

    start: int
    end: int
    text: str
    name: str
    country: str | None
    admin1: str | None
    latitude: float | None
    longitude: float | None
    geonames_id: int | None
    precision: PlacePrecision


@dataclass(frozen=True, slots=True)
class Actor:
    """Who a phrase stands for: canonical name, ISO 3166-1 alpha-3 country, PLOVER sector."""

    name: str | None
    country: str | None
    sector: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word or phrase that states an event, and what the lexicon or classifier makes of it.

    `head` is the token whose syntax carries the arguments; `start:end` are offsets in the
    sentence's `Doc` text of the words shown as the trigger.
    """

    head: Token
    start: int
    end: int
    event_type: str
    event_mode: str | None
    cameo_code: str | None
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Coding:
    """One trigger with one actor and one recipient (either may be missing, not both)."""

    trigger: Trigger
    actor: Span | None
    recipient: Span | None


@dataclass(frozen=True, slots=True)
class Status:
    """Whether an event is said to happen, when relative to the telling, and by whom."""

    time: Time
    polarity: Polarity
    certainty: Certainty
    attributed_to: str | None
