"""Pieces to articles and rejects, in bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from transforms.keys import content_id
from transforms.read.dates import When, day_month_order, parse_date, path_date
from transforms.read.html_metadata import domain
from transforms.read.pieces import BATCH_CHARS, BATCH_ROWS
from transforms.read.prose import block_paragraphs, is_blocked, paragraphs
from transforms.read.text import clean
from transforms.schemas import Articles, Rejects, frame
from transforms.segment.boundaries import Expected, Judged, Start, choose, judge, sure_of
from transforms.segment.header import Parts, agency_of, take_apart
from transforms.segment.language import language_of
from transforms.segment.markers import Found, find
from transforms.segment.model import shipped
from transforms.segment.units import Line, Unit, one_spaced, split_lines, units_of, width_of

Row = dict[str, Any]

BLOCK_CHARS = 4_000_000
"""How much text is segmented at once; the last story of a block goes into the next."""
BLOCK_LINES = 40_000
"""How many lines are segmented at once: a line costs more memory than its characters."""
STORY_CHARS = 16_000_000
"""A story that runs on for longer than this, or than four blocks of lines, is cut."""
AMBIGUOUS = 0.9
"""A dump is flagged where the F1 of story starts that the model itself expects is lower."""
_WORDS = re.compile(r"\w+")
_WORD_CHARS = {c: chr(c) if chr(c).isalnum() or c == 95 else " " for c in range(128)}
"""Makes every ASCII character that `_WORDS` does not find a blank."""
_TYPOGRAPHIC = ("’", "‘", "“", "”", "–", "—", "…", "•")
_BY = re.compile(r"^\s{0,9}by[ :]{1,3}", re.I)
_OF_AGENCY = re.compile(r",? (?:Reuters?|AP|UPI|AFP|Xinhua|dpa|Associated Press)\Z", re.I)
_DECK = re.compile(r"; [\"“'‘(]?[A-ZÀ-Þ]")
"""Parts a headline from the decks behind it in its line."""
_NEIGHBOUR_DAYS = 7


def text_hash(title: str | None, body: str) -> str:
    """Identify the normalised words of title and body: equal means exact copies."""
    text = f"{title or ''}\n{body}".casefold()
    if not text.isascii():  # often it is but for these
        for mark in _TYPOGRAPHIC:
            text = text.replace(mark, " ")
    words = text.translate(_WORD_CHARS).split() if text.isascii() else _WORDS.findall(text)
    return content_id(" ".join(words))


@dataclass
class _Story:
    """A story found in a text: line numbers, headline's lines, its id and how sure it is."""

    first: int
    headline_first: int
    headline_last: int
    stop: int
    confidence: float
    external_id: str | None = None


@dataclass
class Segmenter:
    """Segments one dump. `flags` is complete once `run` has been read to its end.

    `dump_path` may carry a date (`2024-08-20/…`); `default_date` dates what nothing else dates; a
    date after `not_after` is set aside and flagged `implausible_date`, a record's date that cannot
    be read is flagged `unread_date`. Dates such as `3/4/2024` mean what the dump's other dates of
    that form show, up to the end of the article's batch of 2,000; where none shows it, they are
    read month first (day first in other languages than English) and the dump is flagged
    `ambiguous_dates`.
    A dump whose story starts the model is unsure of is flagged `ambiguous_layout`.
    """

    dump_path: str
    default_date: date | None = None
    not_after: date | None = None
    flags: list[str] = field(default_factory=list)
    ordinal: int = 0
    _last_date: date | None = None
    _expected: Expected = field(default_factory=Expected)
    _implausible: int = 0
    _implausible_text: str = ""
    _unread: int = 0
    _unread_text: str = ""
    _orders: Counter[str] = field(default_factory=Counter)
    _unclear: list[tuple[Row, str]] = field(default_factory=list)  # of the batch
    _guessed: int = 0
    _guessed_text: str = ""

    def run(self, pieces: Iterable[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield validated batches of `Articles` and `Rejects`, in the order of the dump.

        `pieces` are frames of `Pieces` of one dump, in order. Memory is bounded by a batch and
        `BLOCK_CHARS`.
        """
        rows = (row for batch in pieces for row in batch.iter_rows(named=True))
        for articles, rejects in self.rows(rows):
            yield frame(Articles, articles), frame(Rejects, rejects)

    def rows(self, rows: Iterable[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
        """Do the same from rows of `Pieces` to rows of `Articles` and `Rejects`.

        For dumps of one article, whose frames would cost more to make than the article to read:
        gather rows of many dumps and make frames of those.
        """
        self._path_date = path_date(self.dump_path, not_after=self.not_after)
        buffer: list[str] = []
        size = lines = held = 0
        enough = (BLOCK_CHARS, BLOCK_LINES)
        offset = 0
        dump_id = ""
        articles: list[Row] = []
        rejects: list[Row] = []
        for row in rows:
            dump_id = row["dump_id"]
            if row["kind"] == "text":
                position = row["char_start"]
                for part in _blocks(row["text"]):
                    if not buffer:
                        offset = position
                    buffer.append(part)
                    position += len(part)
                    size += len(part)
                    lines += _line_ends(part)
                    if size >= enough[0] or lines >= enough[1]:
                        rest = self._text(
                            dump_id, "".join(buffer), offset, False, articles, rejects
                        )
                        held += size - len(rest)
                        offset = position - len(rest)
                        if len(rest) == size:  # one story so far: not looked at at every block
                            enough = (2 * size, 2 * lines)
                        else:
                            enough, lines = (BLOCK_CHARS, BLOCK_LINES), 0
                        buffer, size = [rest] if rest else [], len(rest)
            else:
                if buffer:
                    self._text(dump_id, "".join(buffer), offset, True, articles, rejects)
                    held += size
                    buffer, size, lines = [], 0, 0
                    enough = (BLOCK_CHARS, BLOCK_LINES)
                held += len(row["text"])
                if row["kind"] == "record":
                    articles.append(self._record(row))
                else:
                    span = (row["char_start"], row["char_end"])
                    rejects.append(
                        _reject(dump_id, *span, row["reason"], row["detail"], row["text"])
                    )
            if held >= BATCH_CHARS or len(articles) + len(rejects) >= BATCH_ROWS:
                self._settle_orders()
                self._fill_from_neighbours(articles)
                yield articles, rejects
                articles, rejects, held = [], [], 0
        if buffer:
            self._text(dump_id, "".join(buffer), offset, True, articles, rejects)
        if articles or rejects:
            self._settle_orders()
            self._fill_from_neighbours(articles)
            yield articles, rejects
        if self._expected.f1 < AMBIGUOUS:
            self._flag("ambiguous_layout")
        if not self.ordinal:
            self._flag("nothing_found")

    @property
    def warnings(self) -> list[str]:
        """What an operator should know, in sentences; complete once `run` has been read."""
        found = []
        if self._implausible:
            noun = "date" if self._implausible == 1 else "dates"
            first = self._implausible_text[:40]
            found.append(
                f"{self._implausible:,} implausible {noun} set aside, the first: {first!r}"
            )
        if self._unread:
            noun = "date" if self._unread == 1 else "dates"
            first = self._unread_text[:40]
            found.append(
                f"{self._unread:,} {noun} without year, month and day, the first: {first!r}"
            )
        if self._guessed:
            noun = "date says" if self._guessed == 1 else "dates say"
            first = self._guessed_text[:40]
            found.append(
                f"{self._guessed:,} {noun} not whether day or month comes first, and no other date "
                f"tells: {first!r}; read as month first in English, else as day first"
            )
        return found

    def _flag(self, name: str) -> None:
        if name not in self.flags:
            self.flags.append(name)

    def _fill_from_neighbours(self, articles: list[Row]) -> None:
        """Date an undated article by its neighbours, where those lie within a week.

        That is by the dated ones on both sides of it; at either end of the dump by the nearest
        one, if all that are dated lie within a week.
        """
        dated = [i for i, row in enumerate(articles) if row["publish_date"] is not None]
        for left, right in pairwise(dated):
            before, after = articles[left]["publish_date"], articles[right]["publish_date"]
            if abs(after - before) <= timedelta(days=_NEIGHBOUR_DAYS):
                _date_by(articles[left], articles[left + 1 : right])
        days = [articles[i]["publish_date"] for i in dated]
        if len(days) > 1 and max(days) - min(days) <= timedelta(days=_NEIGHBOUR_DAYS):
            _date_by(articles[dated[0]], articles[: dated[0]])
            _date_by(articles[dated[-1]], articles[dated[-1] + 1 :])
        if self.default_date is not None:
            for row in articles:
                if row["publish_date"] is None:
                    row["publish_date"] = self.default_date
                    row["publish_date_source"] = "option"

    def _settle_orders(self) -> None:
        """Date the batch's articles whose date may be day or month first, as others show."""
        days, months = self._orders["day"], self._orders["month"]
        for row, text in self._unclear:
            if days or months:
                day_first = days > months
            else:
                day_first = (row["language"] or "en") != "en"
                self._guessed += 1
                self._guessed_text = self._guessed_text or text
                self._flag("ambiguous_dates")
            when = parse_date(text, not_after=self.not_after, day_first=day_first)
            if when is not None and when.plausible:
                row["published_at"], row["publish_date"] = when.instant, when.day
        self._unclear = []

    def _when(self, text: str | None) -> When | None:
        """Parse a date; where day and month could change places, plausibility may tell."""
        when = parse_date(text, not_after=self.not_after)
        order = day_month_order(text)
        if order is None or when is None:
            return when
        if order == "either":
            other = parse_date(text, not_after=self.not_after, day_first=True)
            if other is not None and other.plausible != when.plausible:
                order = "day" if other.plausible else "month"
                when = other if other.plausible else when
        self._orders[order] += 1
        return when

    def _record(self, row: Row) -> Row:
        lines = [line for line in row["text"].split("\n") if line.strip()]
        parts = take_apart([], row["title"], lines, not_after=self.not_after)
        return self._article(
            row["dump_id"],
            row["char_start"],
            row["char_end"],
            parts,
            1.0,
            date_text=row["date_text"],
            byline=row["byline"],
            dateline=row["dateline"],
            source=row["source"],
            url=row["url"],
            external_id=row["external_id"],
            language=row["language"],
        )

    def _article(
        self,
        dump_id: str,
        start: int,
        end: int,
        parts: Parts,
        confidence: float,
        *,
        date_text: str | None = None,
        byline: str | None = None,
        dateline: str | None = None,
        **fields: str | None,
    ) -> Row:
        parts = _cleaned(parts)
        published, day, origin = self._date(date_text, parts)
        byline = clean(byline) if byline else parts.byline
        if dateline is None and parts.dateline is not None:
            dateline = parts.dateline.text
        source, url = _origin(fields.pop("source", None), fields.pop("url", None), dateline)
        row = {
            "article_id": content_id(dump_id, start, end),
            "dump_id": dump_id,
            "ordinal": self.ordinal,
            "char_start": start,
            "char_end": end,
            "title": parts.title,
            "byline": _names(byline),
            "dateline": dateline,
            "source": source,
            "url": url,
            "published_at": published,
            "publish_date": day,
            "publish_date_source": origin,
            "body": parts.body,
            "text_hash": text_hash(parts.title, parts.body),
            "segment_confidence": min(max(confidence, 0.0), 1.0),
            **fields,
        }
        row["language"] = language_of(fields.get("language"), f"{parts.title or ''}\n{parts.body}")
        stated = date_text if origin == "field" else parts.when if origin == "header" else None
        if stated and day_month_order(stated) == "either":
            self._unclear.append((row, stated))
        self.ordinal += 1
        return row

    def _date(
        self, date_text: str | None, parts: Parts
    ) -> tuple[datetime | None, date | None, str]:
        """Return instant, day and where they came from; see the contract for the order."""
        when = self._when(date_text)
        if when is not None and when.plausible:
            self._last_date = when.day
            return when.instant, when.day, "field"
        if when is None and date_text:
            self._flag("unread_date")
            self._unread += 1
            self._unread_text = self._unread_text or date_text
        elif when is not None and date_text:
            self._flag("implausible_date")
            self._implausible += 1
            self._implausible_text = self._implausible_text or date_text
        header = self._when(parts.when)
        if header is not None and not header.plausible:
            header = None
        if parts.dateline is not None:
            reference = (
                (header.day if header else None)
                or self._path_date
                or self.default_date
                or self._last_date
            )
            day = parts.dateline.on(reference)
            if day is not None and (self.not_after is None or day <= self.not_after):
                self._last_date = day
                return None, day, "dateline"
        if header is not None:
            self._last_date = header.day
            return header.instant, header.day, "header"
        if self._path_date is not None:
            return None, self._path_date, "path"
        return None, None, "none"

    def _text(
        self,
        dump_id: str,
        text: str,
        offset: int,
        final: bool,
        articles: list[Row],
        rejects: list[Row],
    ) -> str:
        """Segment `text`, which starts at `offset`; return the unfinished last story's text."""
        lines = split_lines(text)
        if not lines:
            return ""
        width = width_of(lines)
        blocked = width is not None and is_blocked(
            [(line.text, line.blanks) for line in lines], width
        )
        stories, furniture = self._stories(lines, width)
        keep = len(text)
        if not final and len(stories) > 1:
            keep = lines[stories[-1].first].start
            last = stories.pop().first
            furniture = [number for number in furniture if number < last]
        elif not final and len(text) < STORY_CHARS and len(lines) < 4 * BLOCK_LINES:
            return text
        for story in stories:
            rows = lines[story.first : story.stop]
            start = _first_ink(text, rows[0].start, rows[0].end)
            end = rows[-1].start + len(text[rows[-1].start : rows[-1].end].rstrip())
            if not any(map(str.isalpha, text[start:end])):
                span = (offset + start, offset + end)
                rejects.append(
                    _reject(dump_id, *span, "no_text", "no letter in it", text[start:end])
                )
                continue
            parts = self._parts(lines, story, width, blocked)
            articles.append(
                self._article(
                    dump_id,
                    offset + start,
                    offset + end,
                    parts,
                    story.confidence,
                    external_id=story.external_id,
                )
            )
        for number in furniture:
            line = lines[number]
            rejects.append(
                _reject(
                    dump_id,
                    offset + line.start,
                    offset + line.end,
                    "not_article",
                    "a separator or end mark",
                    line.text,
                )
            )
        return text[keep:]

    def _parts(
        self, lines: Sequence[Line], story: _Story, width: int | None, blocked: bool
    ) -> Parts:
        def prose(first: int, stop: int) -> list[str]:
            if width is None:  # as `paragraphs` would
                spaced = (one_spaced(line.text) for line in lines[first:stop])
                return [text for text in spaced if text]
            chosen = [
                (line.text, line.blanks if i else 0) for i, line in enumerate(lines[first:stop])
            ]
            if blocked:
                return block_paragraphs(chosen, width)
            spread = [text for body, blanks in chosen for text in ([""] * blanks + [body])]
            return paragraphs(spread, width)

        if story.headline_last < story.headline_first:  # no headline
            title = None
            lead: list[str] = []
            rest = prose(story.headline_first, story.stop)
        else:
            lead = prose(story.first, story.headline_first)
            words = " ".join(
                line.text for line in lines[story.headline_first : story.headline_last + 1]
            )
            title = " ".join(words.split())
            rest = prose(story.headline_last + 1, story.stop)
        return take_apart(lead, title, rest, not_after=self.not_after)

    def _stories(self, lines: Sequence[Line], width: int | None) -> tuple[list[_Story], list[int]]:
        """Return stories and the numbers of lines that are furniture between them."""
        found = find(lines)
        starting = [mark for mark in found if mark.role == "start"]
        ending = [mark for mark in found if mark.role == "end" and mark.name != "rule"]
        rules = [mark for mark in found if mark.role == "end" and mark.name == "rule"]
        if starting:
            return self._marked(lines, width, starting, ending)
        if ending:
            return self._closed(lines, width, ending)
        return self._free(lines, width, rules)

    def _free(
        self, lines: Sequence[Line], width: int | None, rules: Sequence[Found]
    ) -> tuple[list[_Story], list[int]]:
        """Let the model find the stories; rules part them where most of them already do."""
        furniture = {mark.line for mark in rules}
        kept = [number for number in range(len(lines)) if number not in furniture]
        if not kept:
            return [], sorted(furniture)
        units, judged, firsts = self._judge([lines[number] for number in kept], width)
        first_lines = [kept[number] for number in firsts]
        starts = choose(units, judged)
        by_rules = False
        if rules:
            behind = {
                i
                for i, number in enumerate(first_lines)
                if number - 1 in furniture or (i == 0 and number > 0)
            }
            chosen = {start.unit for start in starts}
            agreed = len(behind & chosen)
            if len(behind) >= 2 and agreed >= 0.6 * len(behind):
                starts = [s for s in starts if s.unit in behind or s.unit == 0]
                missing = behind - {s.unit for s in starts}
                starts += [Start(unit, unit, 0.0) for unit in missing]
                share = agreed / len(behind)
                starts = [replace(s, confidence=share, whole=share) for s in starts]
                starts.sort(key=lambda start: start.unit)
                by_rules = True
            else:  # rules stand inside stories
                furniture = {number for number in furniture if number < first_lines[0]}
        if not by_rules:
            starts = sure_of(starts, judged, shipped().scale)
            self._expected.add(starts, judged)
        stories = self._assemble(lines, units, starts, first_lines)
        if furniture:
            last_of = {story.first for story in stories}
            furniture = {
                number
                for number in furniture
                if number + 1 in last_of
                or number + 1 == len(lines)
                or number < stories[0].first
                or number + 1 in furniture
            }
            for story in stories:
                while story.stop - 1 > story.first and story.stop - 1 in furniture:
                    story.stop -= 1
            inside = {n for s in stories for n in range(s.first, s.stop)}
            furniture -= inside
        return stories, sorted(furniture)

    def _judge(
        self, lines: Sequence[Line], width: int | None
    ) -> tuple[list[Unit], Judged, list[int]]:
        units = units_of(list(lines), width)
        firsts: list[int] = []
        number = 0
        for unit in units:
            firsts.append(number)
            number += unit.lines
        return units, judge(units, wrapped=width is not None), firsts

    def _assemble(
        self,
        lines: Sequence[Line],
        units: Sequence[Unit],
        starts: Sequence[Start],
        first_lines: Sequence[int],
    ) -> list[_Story]:
        stories: list[_Story] = []
        for place, start in enumerate(starts):
            later = starts[place + 1] if place + 1 < len(starts) else None
            stop = first_lines[later.unit] if later else len(lines)
            head = first_lines[start.headline]
            unit = units[start.headline]
            size = unit.lines
            if size > 1 and len(unit.text) > 140 and not _DECK.search(unit.text):
                size = 1  # a full first line ran into the text below
            last = head + size - 1
            sure = start.confidence
            if place == 0 and sure < 0.3 and (len(unit.text) > 150 or unit.text.endswith(".")):
                last = head - 1
                head = first_lines[start.unit]
                last = head - 1
            stories.append(_Story(first_lines[start.unit], head, last, stop, start.whole))
        return stories

    def _marked(
        self,
        lines: Sequence[Line],
        width: int | None,
        starting: Sequence[Found],
        ending: Sequence[Found],
    ) -> tuple[list[_Story], list[int]]:
        """Stories start where marks say so; what stands before the first is left to the model."""
        stories: list[_Story] = []
        furniture = [mark.line for mark in ending]
        ends = set(furniture)
        first = starting[0].line
        if first:
            stories, extra = self._free(lines[:first], width, [])
            furniture += extra
        stops = [*(mark.line for mark in starting[1:]), len(lines)]
        for mark, stop in zip(starting, stops, strict=True):
            last = stop
            while last - 1 > mark.line and last - 1 in ends:
                last -= 1
            head, tail = self._headline_behind(lines, mark.line + 1, last)
            stories.append(_Story(mark.line, head, tail, last, 0.99, mark.id))
        inside = {n for s in stories for n in range(s.first, s.stop)}
        return stories, [number for number in furniture if number not in inside]

    def _closed(
        self, lines: Sequence[Line], width: int | None, ending: Sequence[Found]
    ) -> tuple[list[_Story], list[int]]:
        """Every end mark closes one story; the tail behind the last is left to the model."""
        stories: list[_Story] = []
        first = 0
        for mark in ending:
            if mark.line > first:
                head, tail = self._headline_behind(lines, first, mark.line)
                stories.append(_Story(first, head, tail, mark.line, 0.95))
            first = mark.line + 1
        if first < len(lines):
            tail_stories, _ = self._free(lines[first:], width, [])
            for story in tail_stories:
                story.first += first
                story.headline_first += first
                story.headline_last += first
                story.stop += first
            stories += tail_stories
        return stories, [mark.line for mark in ending]

    def _headline_behind(self, lines: Sequence[Line], first: int, stop: int) -> tuple[int, int]:
        """Return the lines of the headline that follows a mark; last < first where none does."""
        group: list[int] = []
        for number in range(first, min(stop, first + 3)):
            if group and lines[number].blanks:
                break
            group.append(number)
        text = " ".join(lines[number].text.strip() for number in group)
        short = 0 < len(text) <= 200 and len(group) < 3 and not text.endswith((".", ","))
        parted = bool(group) and group[-1] + 1 < stop and lines[group[-1] + 1].blanks > 0
        if short and parted and not take_apart([], None, [text]).dateline:
            return first, group[-1]
        return first, first - 1


def _date_by(neighbour: Row, undated: Sequence[Row]) -> None:
    for row in undated:
        row["publish_date"] = neighbour["publish_date"]
        row["publish_date_source"] = "neighbours"


def _line_ends(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _blocks(text: str) -> Iterator[str]:
    """Cut `text` at line ends into parts of at most `BLOCK_LINES` lines."""
    if _line_ends(text) <= BLOCK_LINES:
        yield text
        return
    end = "\n" if "\n" in text else "\r"
    start = at = count = 0
    while (at := text.find(end, at) + 1) > 0:
        count += 1
        if count == BLOCK_LINES:
            yield text[start:at]
            start, count = at, 0
    if start < len(text):
        yield text[start:]


def _cleaned(parts: Parts) -> Parts:
    """Return `parts` without characters that nobody sees; the span keeps them."""
    title = one_spaced(clean(parts.title)) if parts.title else None
    body = parts.body
    if not _is_neat(body):
        lines = map(one_spaced, clean(body).split("\n"))
        body = "\n".join(line for line in lines if line)
    byline = clean(parts.byline) if parts.byline else None
    return replace(parts, title=title or None, byline=byline, body=body)


def _is_neat(text: str) -> bool:
    """Say whether `text` is ASCII that nothing is to be done to: single blanks and line ends."""
    spaced = text.replace("\n", " ")
    return (
        spaced.isascii()
        and spaced.isprintable()
        and "  " not in spaced
        and spaced[:1] != " " != spaced[-1:]
    )


def _names(byline: str | None) -> str | None:
    """Return a byline without `By` and without the agency behind the names."""
    return (_OF_AGENCY.sub("", _BY.sub("", byline, count=1).strip()) or None) if byline else None


def _origin(
    source: str | None, url: str | None, dateline: str | None
) -> tuple[str | None, str | None]:
    """Return source and address: a source that is an address is its host, as is none at all.

    Where there is no address either, the agency in the dateline is the source.
    """
    if source is not None and source.startswith(("http://", "https://")):
        url, source = url or source, domain(source)
    if source is None:
        source = domain(url) or agency_of(dateline)
    return source, url


def _first_ink(text: str, start: int, end: int) -> int:
    line = text[start:end]
    return start + len(line) - len(line.lstrip())


def _reject(dump_id: str, start: int, end: int, reason: str, detail: str | None, text: str) -> Row:
    return {
        "dump_id": dump_id,
        "char_start": start,
        "char_end": end,
        "reason": reason,
        "detail": detail,
        "excerpt": text[:200] or None,
    }


def segment(
    pieces: Iterable[pl.DataFrame],
    *,
    dump_path: str,
    default_date: date | None = None,
    not_after: date | None = None,
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield validated batches of `Articles` and `Rejects` of one dump; see `Segmenter`."""
    yield from Segmenter(dump_path, default_date, not_after).run(pieces)
