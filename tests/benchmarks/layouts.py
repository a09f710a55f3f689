"""Stories of labelled dumps set anew in random layouts, to fit the segmenter on.

A model that has met a corpus in few layouts takes the corpus for the layout. Here each story is
taken out of its dump (headline, paragraphs) and set again: among other neighbours, also those that
share most words; with other blank lines, cases, widths, decks, bylines, dates, sub-headings,
time-stamped entries, captions and links; whole, cut to a few lines, or to its headline at the end
of a dump. Everything that is added to a story is invented or taken from another story.
"""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_GIVEN_TEXT = (
    "Ann Bea Carl Dora Emil Fay Gus Hana Ivo Jana Kofi Lena Milo Nora Omar Pia Quinn Rosa Stig Tara"
    " Uma Vito Wanda Yusuf Zoe"
)
_FAMILY_TEXT = (
    "Abel Brandt Costa Dahl Ekwueme Farrow Grell Holm Ibarra Juhl Kessler Lindqvist Moreau Nakai"
    " Okafor Petrov Quist Rahman Sorel Tolland Ueda Varga Weller Yilmaz Zeman"
)
_PLACES_TEXT = (
    "VANTOVA LOWMERE BRUSSELS CAIRO LIMA NAIROBI OSLO PARIS QUITO RIGA SEOUL TUNIS VIENNA WARSAW"
    " LONDON WASHINGTON BEIJING MOSCOW"
)
_SECTIONS_TEXT = (
    "World Politics Business Sport Sports Technology Health Science Entertainment Opinion Travel"
    " Culture Education Weather Local National Economy Markets Crime World_News U.S. UK"
    " Science_&_Environment Climate_Crisis The_Election Middle_East Europe Asia Africa Home_News"
)
_MONTHS_TEXT = (
    "January February March April May June July August September October November December"
)
_SMALL_TEXT = "a an and as at but by for from in into nor of off on or over the to up via vs with"
GIVEN, FAMILY, PLACES = _GIVEN_TEXT.split(), _FAMILY_TEXT.split(), _PLACES_TEXT.split()
SECTIONS = [section.replace("_", " ") for section in _SECTIONS_TEXT.split()]
MONTHS = _MONTHS_TEXT.split()
AGENCIES = ("Reuters", "AP", "AFP", "UPI", "Xinhua", "dpa", "NWA")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SMALL = frozenset(_SMALL_TEXT.split())
_CLEANEST_FIRST = (
    "native sentence blank_between blank_all seed_title upper case_mix tiny tiny_tail meta"
    " meta_title subheads noise subheads_blank noise_blank"
)


@dataclass(frozen=True)
class Story:
    """A story without its layout."""

    corpus: str
    doc_id: str
    headline: str
    paragraphs: tuple[str, ...]
    words: frozenset[str]


@dataclass
class Dump:
    """A dump as it is written: text and gold spans, as in the files of the gold set."""

    parts: list[str] = field(default_factory=list)
    size: int = 0
    stories: list[dict[str, Any]] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.size += len(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def _name(draw: random.Random) -> str:
    return f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}"


def _byline_style(draw: random.Random) -> Callable[[], str]:
    agency = draw.choice(AGENCIES)
    return draw.choice(
        [
            lambda: f"By {_name(draw)}",
            lambda: f"By {_name(draw)}, {draw.choice(AGENCIES)}",
            lambda: f"By {_name(draw)} and {_name(draw)}",
            lambda: f"BY {_name(draw).upper()}",
            lambda: _name(draw),
            lambda: f"{_name(draw)} | {agency}",
            lambda: f"By {_name(draw)}\n{draw.choice(['Staff Writer', 'City Editor', agency])}",
            lambda: f"{agency}",
            lambda: f"by {_name(draw)} in {draw.choice(PLACES).title()}",
        ]
    )  # fmt: skip


def _date_style(draw: random.Random) -> Callable[[], str]:
    def pick() -> tuple[int, int, int, str]:
        return (
            draw.randint(1985, 2024), draw.randint(1, 12), draw.randint(1, 28), draw.choice(DAYS)
        )  # fmt: skip

    def style(shape: Callable[[int, int, int, str], str]) -> Callable[[], str]:
        return lambda: shape(*pick())

    return draw.choice(
        [
            style(lambda y, m, d, w: f"{y}-{m:02}-{d:02}"),
            style(lambda y, m, d, w: f"{MONTHS[m - 1]} {d}, {y}"),
            style(lambda y, m, d, w: f"{w}, {MONTHS[m - 1]} {d:02}, {y}"),
            style(lambda y, m, d, w: f"Published: {d:02} {MONTHS[m - 1][:3]} {y} 10:42 GMT"),
            style(lambda y, m, d, w: f"Updated {MONTHS[m - 1][:3]}. {d}, {y} at 9:15 a.m."),
            style(lambda y, m, d, w: f"{d}/{m}/{y}"),
            style(lambda y, m, d, w: f"{w} {d} {MONTHS[m - 1]} {y}"),
            style(lambda y, m, d, w: f"{d} {MONTHS[m - 1]} {y}, {1 + d % 12}:05 pm"),
        ]
    )


def _dateline_style(draw: random.Random) -> Callable[[], str]:
    agency = draw.choice([*(f" ({a})" for a in AGENCIES), ""])
    dash = draw.choice([" - ", " -- ", " — ", " – "])
    dated = draw.random() < 0.7
    upper = draw.random() < 0.8

    def dateline() -> str:
        place = draw.choice(PLACES)
        day = f", {draw.choice(MONTHS)[:3]} {draw.randint(1, 28)}" if dated else ""
        return f"{place if upper else place.title()}{day}{agency}{dash}"

    return dateline


def _endings(draw: random.Random) -> list[Callable[[], str]]:
    agency = draw.choice(AGENCIES)
    return [
        lambda: f"Reporting by {_name(draw)}; Editing by {_name(draw)}",
        lambda: f"Additional reporting by {_name(draw)}",
        lambda: f"({agency})",
        lambda: f"- {agency}",
        lambda: f"© {draw.randint(1999, 2024)} {agency}. All rights reserved.",
        lambda: f"Copyright {draw.randint(1999, 2024)} {agency}",
        lambda: f"Comments ({draw.randint(0, 400)})",
        lambda: f"Topics: {draw.choice(SECTIONS).lower()}, {draw.choice(SECTIONS).lower()}",
        lambda: "Share on Facebook Share on Twitter",
        lambda: "Follow us on Twitter",
        lambda: "More on this story",
        lambda: "Sign up for our daily newsletter",
        lambda: "Do you have a story? Email desk@example.com",
        lambda: f"{_name(draw)} in {draw.choice(PLACES).title()} contributed to this report.",
        lambda: f"Contact {_name(draw)} at news@example.com.",
        lambda: f"{_name(draw)} is a writer for {agency}.",
        lambda: "-30-",
        lambda: "ENDS",
    ]


def _inserts(draw: random.Random, other: Callable[[], str]) -> list[Callable[[], str]]:
    return [
        lambda: f"See also: {other()}",
        lambda: f"Watch: {other()}",
        lambda: f"READ MORE: {other()}",
        lambda: f"RELATED: {other()}",
        lambda: f"Read more: {other()}",
        lambda: f"Image caption {other()}",
        lambda: f"Photo: {_name(draw)}/{draw.choice(AGENCIES)}",
        lambda: "Image source, Getty Images",
        lambda: "Advertisement",
        lambda: "ADVERTISEMENT",
        lambda: "Story continues below advertisement",
        lambda: f"File photo: {other()} ({draw.choice(AGENCIES)})",
        lambda: "Media playback is not supported on this device",
        lambda: "\n".join(f"{m} {other()}" for m in [draw.choice("*•-")] * draw.randint(1, 3)),
    ]  # fmt: skip


def _cased(headline: str, case: str) -> str:
    if case == "upper":
        return headline.upper()
    words = headline.split(" ")
    if case == "title":
        return " ".join(
            word if i and word.lower() in _SMALL else word[:1].upper() + word[1:]
            for i, word in enumerate(words)
        )
    return headline


def _sub_heading(draw: random.Random, paragraphs: Iterable[str]) -> str | None:
    """A few words of what follows, written as sub-headings are."""
    words = draw.choice(list(paragraphs)).split()
    if len(words) < 6:
        return None
    size = draw.choice([1, 2, 2, 3, 3, 4, 5])
    at = draw.randrange(len(words) - size)
    text = " ".join(words[at : at + size]).strip(".,;:\"'“”‘’()-– ")
    if not text:
        return None
    text = text[0].upper() + text[1:]
    shape = draw.random()
    if shape < 0.12:
        return text.title()
    return f"{text}{draw.choice('?:')}" if shape < 0.2 else text


def _clause(draw: random.Random, paragraphs: Sequence[str]) -> str | None:
    """The beginning of one of the first sentences, some words left out, as headlines are."""
    sentences = re.split(r"(?<=[.!?])[\"”’]? +", " ".join(paragraphs[:2]))
    left_out = draw.choice([0.0, 0.1, 0.25])
    words = [
        word
        for word in draw.choice(sentences[:4]).split()
        if word.lower() not in ("a", "an", "the") and draw.random() >= left_out
    ]
    size = min(len(words), draw.randint(4, 13))
    while size > 3 and len(words[size - 1]) < 4:
        size -= 1
    text = " ".join(words[:size]).strip('.,;:"“”‘’()-–— ')
    return text[0].upper() + text[1:] if size > 3 and text else None


def _deck(draw: random.Random, paragraphs: Sequence[str]) -> str | None:
    """A sentence of the story, short enough to stand below its headline."""
    sentences = [
        sentence
        for paragraph in paragraphs
        for sentence in re.split(r"(?<=[a-z0-9][.!?]) +", paragraph)
        if 30 <= len(sentence) <= 140 and sentence[-1] in ".!?" and '"' not in sentence
    ]
    return draw.choice(sentences) if sentences else None


def _entries(draw: random.Random) -> Callable[[Sequence[str]], list[str]]:
    """How a live blog heads its entries: a time, the news in a clause, who writes."""
    stamp = draw.choice(["{h:02}:{m:02}", "{h:02}:{m:02} GMT", "{g}.{m:02}{half}", "{m}m ago",
                         "{g}:{m:02} {half}", "Posted at {h:02}:{m:02}"])  # fmt: skip
    timed, headed, signed = draw.choice(
        [(1.0, 0.0, 0.0), (1.0, 0.9, 0.0), (1.0, 0.5, 0.4), (0.0, 1.0, 0.0), (0.0, 1.0, 0.0)]
    )
    cased = draw.choice(["native", "native", "native", "title", "upper"])

    def heads(paragraphs: Sequence[str]) -> list[str]:
        lines = []
        if draw.random() < timed:
            hour, minute = draw.randint(0, 23), draw.randint(0, 59)
            half = "am" if hour < 12 else "pm"
            lines.append(stamp.format(h=hour, g=1 + (hour - 1) % 12, m=minute, half=half))
        clause = _clause(draw, paragraphs) if draw.random() < headed else None
        if clause:
            lines.append(_cased(clause, cased))
        if draw.random() < signed:
            lines.append(_name(draw))
        return lines

    return heads


def _list(draw: random.Random, paragraphs: Sequence[str]) -> list[str]:
    """A list of a few words each, of the same story."""
    mark = draw.choice(["*", "-", "•", "1."])
    items = []
    for number in range(draw.randint(2, 5)):
        text = _sub_heading(draw, paragraphs)
        if text:
            items.append(f"{f'{number + 1}.' if mark == '1.' else mark} {text}")
    return items


def _wrapped(text: str, width: int | None, indent: int) -> str:
    if width is None:
        return text
    return "\n".join(
        line
        for part in text.split("\n")
        for line in textwrap.wrap(
            part, width, initial_indent=" " * indent, break_long_words=False, break_on_hyphens=False
        )
    )


def order(stories: list[Story], size: int, draw: random.Random, alike: bool) -> list[Story]:
    """Draw `size` stories; `alike` sets those beside each other that share most words."""
    left = draw.sample(stories, min(len(stories), size if not alike else 400))
    if not alike:
        return left
    chain = [left.pop()]
    while left and len(chain) < size:
        above = chain[-1].words
        if len(chain) % 4:
            near = max(
                left,
                key=lambda s: (len(above & s.words) / (len(s.words) + 40) ** 0.7, s.doc_id),
            )
        else:
            near = draw.choice(left)
        left.remove(near)
        chain.append(near)
    return chain


def twin(story: Story, draw: random.Random) -> tuple[Story, Story]:
    """Make two stories about the same event of one: they share its lead and part its paragraphs.

    Of the words of the first headline and lead about half stand in the second ones, the others are
    of the rest of the story: as much as two reporters have in common, if not grammatical.
    """
    lead, *rest = story.paragraphs
    clauses = re.split(r"(?<=[,;]) ", lead)
    draw.shuffle(clauses)
    told = " ".join(rest).split() or lead.split()
    at = draw.randrange(len(told))
    fresh = iter(told[at:] + told[:at])
    common = draw.uniform(0.25, 0.75)
    words = " ".join(clauses).split()
    words = [word if draw.random() < common else next(fresh, word) for word in words]
    other = " ".join(words).strip(",; ")
    other = other[:1].upper() + other[1:].rstrip(".") + "."
    own, theirs = [lead], [other]
    for paragraph in rest:
        place = draw.random()
        if place < 0.55:
            own.append(paragraph)
        if place > 0.45:
            theirs.append(paragraph)
    if draw.random() < 0.3 and len(theirs) > 2:
        theirs[1:] = draw.sample(theirs[1:], len(theirs) - 1)
    head = story.headline.split()
    if draw.random() < 0.5 and len(head) > 3:
        named = [w.strip(",.;:\"'") for w in [*lead.split(), *told[:60]] if len(w) > 4]
        head = [draw.choice(named) if named and draw.random() > common else w for w in head]
    else:
        head = lead.split()[: draw.randint(5, 11)]
        while len(head) > 3 and len(head[-1]) < 4:
            head.pop()
    second = " ".join(head).strip(".,;:-–— ")
    second = second[:1].upper() + second[1:] or story.headline
    if story.headline.isupper():
        second = second.upper()
    pair = (
        Story(story.corpus, story.doc_id, story.headline, tuple(own), story.words),
        Story(story.corpus, story.doc_id, second, tuple(theirs), story.words),
    )
    return pair if draw.random() < 0.7 else (pair[1], pair[0])


def twins(stories: list[Story], draw: random.Random) -> list[Story]:
    """Set most of `stories` beside others about the same events."""
    out: list[Story] = []
    for story in stories:
        if draw.random() < 0.25 or len(story.paragraphs) < 2:
            out.append(story)
            continue
        pair = list(twin(story, draw))
        for _ in range(draw.choice([0, 0, 1, 2, 4])):
            pair.insert(draw.randint(0, len(pair)), twin(story, draw)[1])
        out += pair
    return out


def render(
    stories: list[Story], pool: list[Story], draw: random.Random, tail: bool, alike: bool = False
) -> Dump:
    """Set `stories` in one random layout; with `tail` the last one is cut behind its headline.

    Stories told twice (`alike`) have no entries that are headed as stories are.
    """
    case = draw.choice(["native"] * 5 + ["title"] * 3 + ["upper"] * 2 + ["mix"])
    blanks = draw.choice(
        ["none"] * 8 + ["all"] * 5 + ["between"] * 3 + ["around", "stray", "twice"]
    )
    wrap = draw.random() < 0.3
    width = draw.choice([72, 72, 60, 65, 68, 76, 80]) if wrap else None
    indent = draw.choice([0, 0, 2, 4]) if wrap else 0
    bylined, dated, sectioned = (draw.random() < share for share in (0.3, 0.25, 0.12))
    byline, date = _byline_style(draw), _date_style(draw)
    date_above = draw.random() < 0.25
    joined = draw.choice([" | ", " - ", ", "]) if draw.random() < 0.15 else None
    section_case = draw.choice([str, str, str.upper])
    dateline = _dateline_style(draw) if draw.random() < 0.25 else None
    faithful = draw.choice([1.0, 1.0, 0.8])
    noisy = draw.random() < 0.35
    rate = draw.choice([0.04, 0.1, 0.2]) if noisy else 0.0
    endings = _endings(draw) if noisy or draw.random() < 0.1 else []
    if endings and draw.random() < 0.4:
        endings = [draw.choice(endings)]
    inserts = _inserts(draw, lambda: draw.choice(pool if draw.random() < 0.6 else stories).headline)
    constant: list[str] = []  # the same lines in every story
    if draw.random() < 0.12:
        constant = draw.choice([*inserts, *_endings(draw)])().split("\n")
    listed = draw.choice([0.0] * 6 + [0.05, 0.15])
    decked = (
        draw.choice(["line", "line", "joined", "joined", "kicker"]) if draw.random() < 0.16 else ""
    )
    deck_rate = draw.choice([1.0, 0.9, 0.5, 0.2])
    stopped = draw.random() < 0.8
    live = draw.choice([0.3, 0.6, 1.0]) if draw.random() < 0.25 and not alike else 0.0
    letters = draw.choice([0.05, 0.15]) if draw.random() < 0.06 else 0.0
    heads = draw.choice([0.0, 0.0, 0.0, 0.08, 0.16, 0.3])
    head_case = draw.choice(["native", "native", "native", "title", "upper"])
    whole_heads = draw.choice([0.0, 0.0, 0.5]) * (not alike)
    brief = draw.random() < 0.2
    out = Dump()
    for number, story in enumerate(stories):
        last = number + 1 == len(stories)
        paragraphs = list(story.paragraphs)
        if brief:
            paragraphs = paragraphs[: draw.randint(1, 4)]
        blocks: list[str] = []
        if sectioned:
            blocks.append(section_case(draw.choice([*SECTIONS, f"{_name(draw)}"])))
        when = date() if dated and draw.random() < faithful else None
        if joined and draw.random() < faithful:
            when = f"{byline().split(chr(10))[0]}{joined}{date()}"
        if when and date_above:
            blocks.append(when)
        lead = len(blocks)
        own_case = draw.choice(["native", "title", "upper"]) if case == "mix" else case
        headline = _cased(story.headline, own_case)
        deck = _deck(draw, paragraphs[1:]) if decked and draw.random() < deck_rate else None
        if deck and not stopped:
            deck = deck.rstrip(".")
        if deck and decked != "line":
            headline = f"{headline.rstrip('.')}; {deck}"
            if decked == "kicker" and draw.random() < 0.7:
                headline = f"{draw.choice(SECTIONS).upper()}; {headline}"
        blocks.append(headline)
        if deck and decked == "line":
            blocks.append(deck)
        if bylined and not joined and draw.random() < faithful:
            blocks += byline().split("\n")
        if when and not date_above:
            blocks.append(when)
        body = len(blocks)
        if tail and last:
            del blocks[lead + 1 :]
            paragraphs = []
        entry = _entries(draw) if live and len(paragraphs) > 5 and draw.random() < live else None
        every = draw.choice([1, 2, 2, 3])
        lettered = draw.random() < letters
        for place, paragraph in enumerate(paragraphs):
            text = paragraph
            if entry and place and draw.random() * every < 1.0:
                blocks += entry(paragraphs[place:])
            if lettered and place > 1:
                blocks += [_name(draw), draw.choice(PLACES).title()]
            if place == 0 and dateline is not None:
                text = dateline() + text
            if place and heads and draw.random() < heads:
                sub = None
                if draw.random() < whole_heads:
                    sub = _clause(draw, paragraphs[place:])
                    sub = f"{sub}?" if sub and draw.random() < 0.2 else sub
                sub = sub or _sub_heading(draw, paragraphs[place : place + 2])
                if sub:
                    blocks.append(_cased(sub, head_case))
            blocks.append(text)
            if place == 1:
                blocks += constant
            if listed and draw.random() < listed:
                blocks += _list(draw, paragraphs)
            if rate and draw.random() < rate:
                blocks += draw.choice(inserts)().split("\n")
        if paragraphs and endings and draw.random() < 0.6:
            blocks += draw.choice(endings)().split("\n")
        if number:
            out.write("\n" if blanks == "none" or (blanks == "stray" and draw.random() < 0.85)
                      else "\n\n\n" if blanks == "twice" else "\n\n")  # fmt: skip
        start = out.size
        span = (start, start)
        for place, block in enumerate(blocks):
            if place:
                gap = blanks in ("all", "twice")
                gap |= blanks == "around" and place == body
                gap |= blanks == "stray" and draw.random() < 0.15
                out.write("\n\n" if gap else "\n")
            text = _wrapped(block, width, indent if place >= body else 0)
            if place == lead:
                span = (out.size, out.size + len(text))
            out.write(text)
        out.stories.append(
            {
                "corpus": story.corpus, "doc_id": story.doc_id, "start": start,
                "headline_start": span[0], "headline_end": span[1], "end": out.size,
            }
        )  # fmt: skip
    return out


_RANK = {name: rank for rank, name in enumerate(_CLEANEST_FIRST.split())}


def stories_of(
    variant: str, text: str, stories: Iterable[dict[str, Any]]
) -> list[tuple[int, Story]]:
    """Take the stories of a labelled dump out of their layout, with a rank: 0 is the cleanest."""
    out = []
    if variant not in _RANK:
        return []
    for story in stories:
        headline = " ".join(text[story["headline_start"] : story["headline_end"]].split())
        body = text[story["headline_end"] : story["end"]]
        if max(map(len, body.split("\n"))) < 80:  # wrapped
            continue
        lines = [" ".join(line.split()) for line in body.split("\n") if line.strip()]
        if story.get("dateline") and lines:
            lines = [line.removeprefix(story["dateline"]).strip() for line in lines]
        lines = [
            line for line in lines if line and line not in (story.get("byline"), story.get("date"))
        ]
        if not lines or not headline:
            continue
        rank = 10 * _RANK[variant] + (story.get("case") not in ("native", "sentence")) * 25
        words = frozenset(w for w in re.findall(r"\w{5,}", " ".join(lines).lower()))
        kept = tuple(lines)
        out.append(
            (rank, Story(story["corpus"].split("+")[0], story["doc_id"], headline, kept, words))
        )
    return out
