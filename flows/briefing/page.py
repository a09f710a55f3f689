"""From what the warehouse says of a day to the page that people read: one file, no network.

All text from dumps is hostile. It reaches the page only through Jinja's escaping, on one line and
without signs that turn a line around; only http(s) becomes a link; and a content-security policy
lets nothing run or load but the page's own script and style, known by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import jinja2
from markupsafe import Markup

from flows.briefing import charts, words
from warehouse import briefing

Row = Mapping[str, Any]

MOST_CHANGES = 30
MOST_CHARACTERS = 500
"""Of a sentence before and after its trigger, and of a line about an event."""

SECTIONS = (
    ("short", "In short"), ("stories", "Top stories"), ("map", "Map"), ("dyads", "Who to whom"),
    ("changes", "Unusual"), ("actors", "Actors"), ("violence", "Protests and violence"),
    ("quality", "Quality"), ("events", "Events"),
)  # fmt: skip
QUERIES = {
    "stories": ("top_stories", "top_story_events"),
    "places": ("places",),
    "dyads": ("dyads",),
    "changes": ("changes", "history"),
    "actors": ("actors",),
    "countries": ("countries",),
    "quality": ("quality", "loads", "overview"),
    "events": ("events", "evidence"),
}
"""The queries that each part of the page shows."""


def day_page(
    found: briefing.Day,
    names: words.Names,
    *,
    warehouse: Path,
    state: str,
    neighbours: tuple[date | None, date | None] = (None, None),
    alone: bool = False,
    nearest: date | None = None,
) -> str:
    """Return the HTML of a day's page.

    `state` goes into its head, to tell later whether the page is old. `neighbours` are the days
    before and after it that have a page; a page `alone` has no links to others. `nearest` is a day
    that has data, where this one has none.
    """
    page = _Page(found, names)
    empty = is_empty(found)
    context: dict[str, Any] = {
        "title": f"Briefing of {found.day.isoformat()}",
        "heading": words.day(found.day),
        "lead": page.lead(),
        "previous": neighbours[0],
        "next": neighbours[1],
        "sections": SECTIONS if not empty else (),
        "sections_by_id": dict(SECTIONS),
        "empty": empty,
        "alone": alone,
        "nearest": nearest,
    }
    if not empty:
        context |= page.context() | {
            "queries": {
                part: [(name, briefing.question(name), found.query(name)) for name in asked]
                for part, asked in QUERIES.items()
            }
        }
    return _render("day.html", context, warehouse=warehouse, state=state)


def is_empty(found: briefing.Day) -> bool:
    """Say whether the warehouse holds nothing of a day."""
    return not (found.overview["articles"] or found.overview["events"])


def index_page(days: Sequence[Row], pages: Iterable[date], *, warehouse: Path, state: str) -> str:
    """Return the HTML of the page over all days; `days` are rows of `warehouse.briefing.days`."""
    written = set(pages)
    rows = [
        {**row, "page": row["day"].isoformat() if row["day"] in written else None} for row in days
    ]
    for extra in sorted(written - {row["day"] for row in rows}):
        rows.append(
            dict.fromkeys(("articles", "stories", "events", "conflict", "cooperation"), 0)
            | {"day": extra, "page": extra.isoformat()}
        )
    without = sum(row["page"] is None for row in rows)
    articles = sum(row["articles"] for row in rows)
    events = sum(row["events"] for row in rows)
    span = (
        f" from {words.day(min(written | {r['day'] for r in rows}))} "
        f"to {words.day(max(written | {r['day'] for r in rows}))}"
        if rows
        else ""
    )
    context = {
        "title": "newsmill: all days",
        "lead": f"{words.many(len(rows), 'day')}{span}: {words.many(articles, 'article')}, "
        f"{words.many(events, 'event')}.",
        "calendars": charts.calendar(rows) if rows else [],
        "days": [
            {
                **row,
                "weekday": f"{row['day']:%A}",
                **{
                    name: words.number(row[name])
                    for name in ("articles", "stories", "events", "conflict", "cooperation")
                },
            }
            for row in sorted(rows, key=lambda row: row["day"], reverse=True)
        ],
        "without": without and f"{words.many(without, 'day')} {'has' if without == 1 else 'have'}",
        "queries": {"days": [("days", briefing.question("days"), briefing.query_text("days"))]},
    }
    return _render("index.html", context, warehouse=warehouse, state=state)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("flows.briefing", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment


@cache
def _asset(name: str) -> tuple[str, str]:
    """Return a file of the page's own, and the hash by which a policy knows it."""
    text = files("flows.briefing").joinpath("templates", name).read_text("utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"


def _render(template: str, context: Mapping[str, Any], *, warehouse: Path, state: str) -> str:
    style, style_hash = _asset("style.css")
    script, script_hash = _asset("page.js")
    shown = words.clean(warehouse, 300)
    option = "" if shown == "newsmill.duckdb" else f" --warehouse {shlex.quote(shown)}"
    return _environment().get_template(template).render(
        **context,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src {style_hash}; script-src {script_hash}; "
        "base-uri 'none'; form-action 'none'",
        version=version("newsmill"),
        warehouse=words.clean(warehouse.name, 200),
        option=option,
        state=state,
    )  # fmt: skip


def link(url: object) -> str | None:
    """Return an address that a page may link to: http(s) with a host; None for any other."""
    if not isinstance(url, str) or len(url) > 4000 or not re.match(r"https?://[^\s/]", url, re.I):
        return None
    try:
        if not urlsplit(url).hostname:
            return None
    except ValueError:
        return None
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~", errors="replace")


class _Page:
    """What stands on a day's page, made of what the warehouse says."""

    def __init__(self, found: briefing.Day, names: words.Names) -> None:
        self.found = found
        self.names = names
        self.day = found.day
        self.events = {
            event["event_id"]: self._event(event)
            for event in found.events
            if event["event_id"] in found.evidence
        }
        self.of_day = [
            event
            for event in found.events
            if event["day"] == found.day and event["event_id"] in self.events
        ]

        self.tolls = {
            row["country"]: [each for each in row["toll_events"] if each in self.events]
            for row in found.found["countries"]
        }

    def lead(self) -> str:
        """Return the page's first sentence."""
        o = self.found.overview
        sources = f" by {words.many(o['sources'], 'source')}" if o["sources"] else ""
        return (
            f"{words.many(o['events'], 'event')}; {words.many(o['articles'], 'article')} in "
            f"{words.many(o['stories'], 'story', 'stories')}{sources}."
        )

    def context(self) -> dict[str, Any]:
        """Return what the template shows."""
        rows = self.found.found
        changes = self._changes()
        return {
            "short": self._short(changes),
            "tiles": self._tiles(),
            "stories": [self._story(row) for row in rows["top_stories"]],
            "places": [self._place(row) for row in rows["places"]],
            "unplaced": self._unplaced(),
            "dyads": [self._dyad(row) for row in rows["dyads"]],
            "changes": changes,
            "change_lead": self._change_lead(),
            "actors": [self._actor(row) for row in rows["actors"]],
            "countries": [self._country(row) for row in rows["countries"]],
            "quality": self._quality(),
            "loads": [self._load(row) for row in rows["loads"]],
            "events": self.events,
            "shown": list(self.events.values()),
            "events_lead": self._events_lead(),
            "charts": self._charts(),
        }

    def _charts(self) -> dict[str, Markup | None]:
        rows = self.found.found
        unusual = [row for row in rows["changes"] if abs(row["score"]) >= words.UNUSUAL][:12]
        return {
            "history": charts.history(rows["history"], self.day),
            "articles": charts.articles(rows["history"], self.day),
            "places": charts.places(rows["places"], self.names) if rows["places"] else None,
            "matrix": charts.matrix(rows["dyads"], self.names) if rows["dyads"] else None,
            "changes": charts.changes(unusual, self.names) if unusual else None,
            "actors": charts.actors(rows["actors"], self.names) if rows["actors"] else None,
            "countries": charts.countries(rows["countries"], self.names)
            if rows["countries"]
            else None,
        }

    def _first(self, wanted: Callable[[Row], bool], most: int = 3) -> list[str]:
        ids: list[str] = []
        for event in self.of_day:
            if wanted(event):
                ids.append(event["event_id"])
                if len(ids) == most:
                    break
        return ids

    def _event(self, row: Row) -> dict[str, Any]:
        names = self.names
        actor = names.who(row["actor_name"], row["actor_country"], row["actor_sector"])
        recipient = names.who(
            row["recipient_name"], row["recipient_country"], row["recipient_sector"]
        )
        parties = " → ".join(part for part in (actor, recipient) if part)
        if recipient and not actor:
            parties = f"→ {recipient}"
        place = names.place(row["place_name"], row["country"])
        what = names.what(row["event_type"], row["event_mode"])
        mentions = [self._mention(mention) for mention in self.found.evidence[row["event_id"]]]
        hurt = words.listed(
            f"{words.number(row[name])} {label}"
            for name, label in (("deaths", "killed"), ("injuries", "injured"))
            if row[name]
        )
        said = ""
        if row["certainty"] != "certain":
            said = row["certainty"]
            if row["attributed_to"]:
                said += f" by {words.clean(row['attributed_to'], 80)}"
        when = ""
        if row["day"] != self.day and row["day"] is not None:
            when = f"{row['day'].day} {row['day']:%B}"
        counted = (
            words.many(row["mention_count"], "mention"),
            words.many(row["story_count"], "story", "stories"),
            words.many(row["article_count"], "article"),
            words.many(row["source_count"], "source"),
        )
        dated = "undated" if row["event_date"] is None else row["event_date"].isoformat()
        precision = row["date_precision"]
        facts = f"{', '.join(counted)}; dated {dated}"
        if row["event_date"] is not None and precision != "day":
            facts += f" (to the {precision})"
        shown = " · ".join(part for part in (what, parties, place) if part)
        return {
            "id": row["event_id"],
            "quad": row["quad_class"],
            "what": what,
            "actor": actor,
            "recipient": recipient,
            "parties": parties,
            "place": place,
            "hurt": hurt,
            "said": said,
            "when": when,
            "sources": words.number(row["source_count"]),
            "deaths": words.number(row["deaths"]) if row["deaths"] else "",
            "confidence": f"{row['confidence']:.2f}",
            "mentions": mentions,
            "summary": mentions[0]["line"] if mentions else shown,
            "line": words.clean(shown, MOST_CHARACTERS),
            "facts": f"{facts}{'; ' + said if said else ''}.",
        }

    def _mention(self, row: Row) -> dict[str, Any]:
        sentence = row["sentence_text"]
        start, end = row["trigger_start"], row["trigger_end"]
        if not 0 <= start <= end <= len(sentence):  # a trigger beyond its sentence marks nothing
            start = end = 0
        before = words.clean(sentence[:start])
        after = words.clean(sentence[end:])
        if len(before) > MOST_CHARACTERS:
            before = "…" + before[-MOST_CHARACTERS:]
        after = words.clean(after, MOST_CHARACTERS)
        gap = " " if sentence[:start][-1:].isspace() else ""
        after_gap = " " if sentence[end : end + 1].isspace() else ""
        return {
            "before": before + gap,
            "trigger": words.clean(sentence[start:end], 200),
            "after": after_gap + after,
            "line": words.clean(sentence, 160),
            "published": row["publish_date"].isoformat() if row["publish_date"] else "",
            "why": f"{words.clean(row['why'], 300)}; confidence {row['confidence']:.2f}",
            **self._source(row),
        }

    def _source(self, row: Row) -> dict[str, Any]:
        at = f"{row['char_start']:,}–{row['char_end']:,}"
        span = f"{words.clean(row['dump_path'], 300)}, {row['offset_unit']} {at}"
        if row.get("sentence_start") is not None:
            span += f"; sentence {row['sentence_start']:,}–{row['sentence_end']:,} of the article"
        return {
            "headline": words.clean(row["title"], 240) or "(no headline)",
            "source": words.clean(row["source"], 80),
            "link": link(row["url"]),
            "span": span,
        }

    def _story(self, row: Row) -> dict[str, Any]:
        independent, sources = row["independent_sources"], row["sources"]
        count = words.many(independent, "independent source") if independent else "source unknown"
        texts = words.many(row["stories"], "text")
        printed = f"{texts} in {words.many(row['articles'], 'article')}"
        if sources > independent:
            printed += f", printed by {sources}"
        since = ""
        if row["first_published"] and row["first_published"].date() < self.day:
            age = (self.day - row["first_published"].date()).days
            since = f"since {words.many(age, 'day')}"
        return {
            **self._source(row),
            "independent": count,
            "printed": printed,
            "names": words.clean(", ".join(row["source_names"] or []), 200),
            "since": since,
            "events": [self.events[each] for each in self._told_by(row["thread_id"])],
        }

    def _told_by(self, thread: str) -> list[str]:
        """Return the events, among those with evidence, that the stories of a thread tell."""
        return [each for each in self.found.stories.get(thread, []) if each in self.events]

    def _place(self, row: Row) -> dict[str, Any]:
        place = row["place_id"]
        return {
            **_counts(row, "events", "conflict", "cooperation"),
            "place_id": place,
            "label": self.names.place(row["name"], row["country"]),
            "ids": self._first(lambda event: event["place_id"] == place),
        }

    def _unplaced(self) -> str:
        quality = self.found.found["quality"][0]
        if not quality["without_place"]:
            return "Every event has a place."
        return (
            f"{words.number(quality['without_place'])} of "
            f"{words.many(quality['events'], 'event')} are nowhere: their story names no place."
        )

    def _dyad(self, row: Row) -> dict[str, Any]:
        actor, recipient = row["actor_country"], row["recipient_country"]
        net = row["net_cooperation"]
        return {
            "actor_country": actor,
            "recipient_country": recipient,
            "actor": self.names.country(actor),
            "recipient": self.names.country(recipient),
            "events": words.number(row["events"]),
            "conflict": words.number(row["conflict"]),
            "cooperation": words.number(row["cooperation"]),
            "net": "–" if net is None else f"{net:+.2f}",
            "ids": self._first(
                lambda event: (
                    event["actor_country"] == actor and event["recipient_country"] == recipient
                )
            ),
        }

    def _actor(self, row: Row) -> dict[str, Any]:
        actor, goldstein = row["actor_id"], row["mean_goldstein"]
        return {
            **_counts(row, "events", "as_actor", "as_recipient"),
            "label": self.names.who(row["name"], row["country"], row["sector"]),
            "country": self.names.country(row["country"]),
            "sector": row["sector"] or "",
            "goldstein": "–" if goldstein is None else f"{goldstein:+.1f}",
            "ids": self._first(lambda event: actor in (event["actor_id"], event["recipient_id"])),
        }

    def _country(self, row: Row) -> dict[str, Any]:
        country = row["country"]
        return {
            **_counts(
                row, "protests", "violence", "coercion", "deaths_in_violence", "other_deaths",
                "injuries",
            ),
            "label": self.names.country(country) or "no known country",
            # Those that make the toll, then others.
            "ids": [*dict.fromkeys([
                *self.tolls[country],
                *self._first(
                    lambda event: event["country"] == country
                    and event["event_type"] in ("PROTEST", "ASSAULT")
                ),
            ])][:3],
        }  # fmt: skip

    def _changes(self) -> list[dict[str, Any]]:
        rows = self.found.found["changes"]
        unusual = sum(abs(row["score"]) >= words.UNUSUAL for row in rows)
        return [self._change(row) for row in rows[: min(max(unusual, 8), MOST_CHANGES)]]

    def _change(self, row: Row) -> dict[str, Any]:
        def counts(event: Row) -> bool:
            return (row["country"] is None or event["country"] == row["country"]) and (
                row["event_type"] is None or event["event_type"] == row["event_type"]
            )

        if row["counted"] != "deaths":
            ids = self._first(counts)
        elif row["country"] is None:
            ids = self._tolls()
        else:
            ids = self.tolls.get(row["country"], [])[:3]

        return {
            "label": self.names.series(row),
            "count": words.number(row["count"]),
            "median_7": words.number(row["median_7"]),
            "median_28": words.number(row["median_28"]),
            "middle": f"{words.number(row['low_28'])} to {words.number(row['high_28'])}",
            "score": f"{row['score']:+.1f}",
            "verdict": words.verdict(row["score"]),
            "usual": words.usual(row),
            "is_unusual": abs(row["score"]) >= words.UNUSUAL,
            "is_whole": row["country"] is None and row["event_type"] is None,
            "ids": ids,
        }

    def _tolls(self) -> list[str]:
        """Return the events that make the highest tolls of the day."""
        return [
            each for row in self.found.found["countries"] for each in self.tolls[row["country"]]
        ][:3]

    def _change_lead(self) -> str:
        rows = self.found.found["changes"]
        if not self.found.overview["events"]:
            return "Nothing happened on the day that could be compared."
        if not rows:
            return (
                "Nothing to compare: that takes seven days of the four weeks before on which at "
                "least a fifth as much was reported, and counts of five or more."
            )
        unusual = sum(abs(row["score"]) >= words.UNUSUAL for row in rows)
        return (
            f"{words.many(rows[0]['looked_at'], 'count')} compared with "
            f"{words.many(rows[0]['days'], 'day')} of the four weeks before, as if as much had "
            f"been reported on them in all: {words.number(unusual) if unusual else 'none'} "
            f"{'is' if unusual == 1 else 'are'} unusual."
        )

    def _short(self, changes: Sequence[Row]) -> list[dict[str, Any]]:
        """Return the sentences that say the most important, each with its evidence."""
        rows, o = self.found.found, self.found.overview
        said: list[dict[str, Any]] = []

        def say(text: str, ids: Sequence[str] = (), where: str = "") -> None:
            said.append({"text": text, "ids": list(ids), "where": where})

        if o["days_before"] >= words.ENOUGH_DAYS:
            printed = "No article was published"
            if o["articles"]:
                printed = f"{words.many(o['articles'], 'article')}: "
                printed += words.against(o["articles"], o["usual_articles"])
            happened = words.against(o["events_then"], o["usual_events"])
            say(
                f"{printed} of the four weeks before. {words.many(o['events_then'], 'event')} "
                f"reported by the end of the day: {happened}.",
                where="changes",
            )
        else:
            has = "has" if o["days_before"] == 1 else "have"
            say(
                f"{words.many(o['days_before'], 'day')} of the four weeks before {has} articles: "
                f"too few to say what is usual ({words.ENOUGH_DAYS} are needed)."
            )
        if rows["top_stories"]:
            first = rows["top_stories"][0]
            told = first["independent_sources"]
            by = f"by {words.many(told, 'independent source')}"
            if told < 2:
                by = f"in {words.many(first['stories'], 'text')}"
            headline = words.clean(first["title"], 140) or "(no headline)"
            say(
                f"Top story, told {by}: “{headline}”.",
                self._told_by(first["thread_id"])[:3],
                "stories",
            )
        for change in [c for c in changes if c["is_unusual"] and not c["is_whole"]][:3]:
            say(
                f"{change['label']}: {change['count']}, {change['verdict']} ({change['usual']}).",
                change["ids"],
                "changes",
            )
        if o["deaths"]:
            self._say_killed(say)
        if rows["dyads"] and rows["dyads"][0]["events"] > 1:
            first = rows["dyads"][0]
            dyad = self._dyad(first)
            of = f"{dyad['conflict']} of conflict and {dyad['cooperation']} of cooperation"
            if first["net_cooperation"] in (-1, 1):
                of = "all of conflict" if first["net_cooperation"] < 0 else "all of cooperation"
            actor, recipient = (
                self.names.within(first[f"{side}_country"]) for side in ("actor", "recipient")
            )
            say(
                f"Between two countries most happened from {actor} to {recipient}: "
                f"{words.many(first['events'], 'event')}, {of}.",
                dyad["ids"],
                "dyads",
            )
        return said

    def _say_killed(self, say: Callable[..., None]) -> None:
        """Say how many people were reported killed, and where most of them."""
        o = self.found.overview
        known = [row for row in self.found.found["countries"] if row["country"] is not None]
        where, ids = "", self._tolls()
        if known:
            most = known[0]["deaths_in_violence"] + known[0]["other_deaths"]
            country = self.names.within(known[0]["country"])
            if most == o["deaths"]:
                where = f" in {country}"
            elif most:
                where = f", {words.number(most)} of them in {country}"
        beside = ""
        if o["days_before"] >= words.ENOUGH_DAYS and o["usual_deaths"]:
            beside = f": {words.against(o['deaths'], o['usual_deaths'])}"
        people = words.many(o["deaths"], "person was", "people were")
        say(f"{people} reported killed{where}{beside}.", ids, "violence")

    def _tiles(self) -> list[dict[str, str]]:
        o = self.found.overview
        shown = (
            ("events", "Events"), ("conflict", "Of conflict"), ("cooperation", "Of cooperation"),
            ("deaths", "Reported killed"), ("articles", "Articles"), ("stories", "Stories"),
        )  # fmt: skip
        is_known = o["days_before"] >= words.ENOUGH_DAYS
        return [
            {
                "label": label,
                "value": words.number(o[name]),
                "against": (
                    words.against(
                        o[f"{name}_then"] if f"{name}_then" in o else o[name], o[f"usual_{name}"]
                    )
                    if is_known
                    else ""
                ),
            }
            for name, label in shown
        ]

    def _quality(self) -> list[tuple[str, str, str]]:
        q = self.found.found["quality"][0]

        def share(count: int, of: int) -> str:
            return f"{count / of:.1%}" if of else ""

        articles = [
            ("Duplicates among the articles", "duplicates"),
            ("Articles without a headline", "untitled"),
            ("Articles without a source", "without_source"),
            ("Articles whose date was inferred", "date_inferred"),
            ("Articles with unsure borders", "unsure_borders"),
            ("Articles in other languages", "other_languages"),
        ]
        events = [
            ("Events of low confidence (below 0.7)", "low_confidence"),
            ("Events without a date of their own", "undated"),
            ("Events without a place", "without_place"),
            ("Events whose actor is not named", "without_actor"),
            ("Events that somebody claims", "claimed"),
        ]
        left_out = "Events dated to a week, month or year, left out here"
        return [
            ("Articles", words.number(q["articles"]), ""),
            *((label, words.number(q[n]), share(q[n], q["articles"])) for label, n in articles),
            ("Events", words.number(q["events"]), ""),
            *((label, words.number(q[n]), share(q[n], q["events"])) for label, n in events),
            (left_out, words.number(q["approximate"]), ""),
        ]

    def _load(self, row: Row) -> dict[str, str]:
        reasons = row["rejects_by_reason"] or {}
        rejects = ", ".join(
            f"{words.number(count)} {words.clean(reason).replace('_', ' ')}"
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        )
        share = row["coded_article_share"]
        return {
            **_counts(row, "dumps", "articles", "duplicates", "undated"),
            "day": row["day"].isoformat(),
            "rejects": rejects or "none",
            "coded": "–" if share is None else f"{share:.0%}",
        }

    def _events_lead(self) -> str:
        o = self.found.overview
        shown = len(self.of_day)
        others = len(self.events) - shown
        text = f"{words.many(shown, 'event')} of the day"
        if shown < o["events"]:
            text = (
                f"{words.number(shown)} of the day's {words.many(o['events'], 'event')}, the most "
                "widely told and those that the sections above lead to"
            )
        if others:
            text += f", and {words.number(others)} of days near it that the top stories tell"
        return (
            f"{text}. Open one to read the sentences, where they were printed and where they stand."
        )


def _counts(row: Row, *names: str) -> dict[str, str]:
    return {name: words.number(row[name]) for name in names}
