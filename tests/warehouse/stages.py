"""Invented stages: small ones by hand, large ones at random, with the traits of real nights.

Everything is fiction and derives from a seed, so a stage is the same wherever it is made.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from transforms.keys import content_id
from transforms.schemas import (
    Articles,
    Assignments,
    Dumps,
    Mentions,
    Rejects,
    Remembered,
    StoryTerms,
    Threads,
    Updates,
    frame,
)

SCHEMAS: dict[str, Any] = {
    "dumps": Dumps,
    "articles": Articles,
    "rejects": Rejects,
    "sketches": Remembered,
    "assignments": Assignments,
    "mentions": Mentions,
    "story_terms": StoryTerms,
    "threads": Threads,
    "updates": Updates,
}

RUN = {
    "run_id": "run-1",
    "flow": "nightly",
    "started_at": datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
    "state": "running",
    "loaded_at": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
    "program_version": "0.0",
}

# PLOVER type, mode, quad class, Goldstein score, CAMEO code: a few of each kind.
CODES = (
    ("CONSULT", "visit", 1, 1.9, "042"),
    ("AGREE", None, 1, 3.0, "03"),
    ("AID", "humanitarian", 2, 7.4, "0233"),
    ("COOPERATE", "military", 2, 7.4, "062"),
    ("ACCUSE", "disapprove", 3, -2.0, "111"),
    ("THREATEN", None, 3, -5.0, None),
    ("ASSAULT", "aerial", 4, -10.0, "195"),
    ("PROTEST", "demo", 4, -6.5, "141"),
    ("DISASTER", "flood", 0, None, None),
)
COUNTRIES = ("FRA", "ROU", "KEN", "USA", "TLS", "NZL", None)
SECTORS = ("GOV", "MIL", "CVL", None)
SOURCES = ("Harbour Post", "Wire One", "Valley Times", "example.org", None)
WORDS = ("river", "council", "bridge", "harbour", "minister", "valley", "market", "storm", "vote")


@dataclass
class Stage:
    """Rows of the frames; `write` puts them into a folder as a run stages them."""

    dumps: list[dict[str, Any]] = field(default_factory=list)
    articles: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    sketches: list[dict[str, Any]] = field(default_factory=list)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    story_terms: list[dict[str, Any]] = field(default_factory=list)
    threads: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)

    def write(self, folder: Path, parts: int = 1) -> Path:
        for name, schema in SCHEMAS.items():
            rows = getattr(self, name)
            if not rows:
                continue
            (folder / name).mkdir(parents=True, exist_ok=True)
            for part in range(parts):
                if rows[part::parts]:
                    built = frame(schema, rows[part::parts])
                    built.write_parquet(folder / name / f"{part:04d}.parquet")
        return folder


def dump(name: str, articles: int = 1, rejects: int = 0, **more: Any) -> dict[str, Any]:
    key = content_id("dump", name)
    return {
        "dump_id": key,
        "path": f"inbox/{name}.txt",
        "sha256": f"sha-{name}",
        "container_path": f"inbox/{name}.txt",
        "container_sha256": f"sha-{name}",
        "bytes": 1000,
        "format": "txt",
        "encoding": "utf-8",
        "offset_unit": "characters",
        "article_count": articles,
        "reject_count": rejects,
        "flags": [],
        "warnings": [],
    } | more


def article(dump_name: str, ordinal: int, body: str = "Nothing happened.", **more: Any) -> dict:
    key = content_id("article", dump_name, ordinal)
    return {
        "article_id": key,
        "dump_id": content_id("dump", dump_name),
        "ordinal": ordinal,
        "char_start": ordinal * 100,
        "char_end": ordinal * 100 + 90,
        "title": f"Story {ordinal} of {dump_name}",
        "source": "Harbour Post",
        "language": "en",
        "published_at": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        "publish_date": date(2026, 3, 1),
        "publish_date_source": "field",
        "body": body,
        "text_hash": content_id("text", body),
        "segment_confidence": 0.9,
    } | more


def sketch(of: dict[str, Any], keys: Iterable[int]) -> dict[str, Any]:
    day = of["publish_date"]
    at = of["published_at"] or (day and datetime(day.year, day.month, day.day, tzinfo=UTC))
    return {
        "text_hash": of["text_hash"],
        "published_at": at,
        "words": 100,
        "size": 90,
        "keys": sorted(keys),
    }


def assignment(of: dict[str, Any], story: str | None = None, **more: Any) -> dict[str, Any]:
    """Assign to the story that `story` names, as a copy; to one of its own without it."""
    return {
        "article_id": of["article_id"],
        "story_id": content_id("story", story or of["article_id"]),
        "is_canonical": story is None,
        "similarity": 1.0 if story is None else 0.9,
        "reason": "alone" if story is None else "copy",
    } | more


def mention(of: dict[str, Any], story_id: str, number: int = 0, **more: Any) -> dict[str, Any]:
    row = {
        "story_id": story_id,
        "article_id": of["article_id"],
        "sentence_index": number,
        "sentence_text": "The French navy shelled the harbour of Larnia on Sunday.",
        "sentence_start": number * 60,
        "sentence_end": number * 60 + 56,
        "trigger_text": "shelled",
        "trigger_start": number * 60 + 16,
        "trigger_end": number * 60 + 23,
        "actor_text": "The French navy",
        "actor_start": number * 60,
        "actor_end": number * 60 + 15,
        "actor_name": "French Navy",
        "actor_country": "FRA",
        "actor_sector": "MIL",
        "event_type": "ASSAULT",
        "event_mode": "aerial",
        "contexts": ["military"],
        "quantities": [],
        "cameo_code": "194",
        "quad_class": 4,
        "goldstein": -10.0,
        "event_date": date(2026, 3, 1),
        "date_precision": "day",
        "date_text": "on Sunday",
        "place_text": "Larnia",
        "place_name": "Larnia",
        "country": "ROU",
        "admin1": "Coast",
        "latitude": 44.0,
        "longitude": 28.0,
        "geonames_id": 1,
        "place_precision": "city",
        "time": "past",
        "polarity": "positive",
        "certainty": "certain",
        "confidence": 0.8,
        "why": "lexicon: shell",
    } | more
    row["event_id"] = more.get("event_id") or content_id(
        "event",
        *(
            str(row.get(name))
            for name in (
                "event_date", "event_type", "event_mode", "actor_name", "actor_country",
                "actor_sector", "recipient_name", "recipient_country", "place_name", "country",
            )
        ),
    )  # fmt: skip
    row["mention_id"] = content_id(
        "mention", row["article_id"], row["sentence_index"], row["event_id"]
    )
    return row


def story_terms(of: dict[str, Any], story_id: str, terms: Iterable[int]) -> dict[str, Any]:
    """What threading remembers of a story that this article represents."""
    held = sorted(terms)
    return {
        "story_id": story_id,
        "published_at": of["published_at"],
        "source": of["source"],
        "heading": len(of["title"] or ""),
        "is_template": False,
        "terms": held,
        "weights": [16] * len(held),
    }


def thread(story_id: str, thread_id: str | None = None) -> dict[str, Any]:
    """Put a story into a thread, or into one of its own."""
    return {
        "story_id": story_id,
        "thread_id": thread_id or story_id,
        "similarity": None if thread_id is None else 0.5,
        "reason": "alone" if thread_id is None else "tied",
    }


def update(of: dict[str, Any], version: int = 1, **more: Any) -> dict[str, Any]:
    return {"article_id": of["article_id"], "version": version} | more


def one_article() -> Stage:
    """Return a stage of one dump with one article that states one event."""
    first = article("a", 0)
    own = assignment(first)
    return Stage(
        dumps=[dump("a")],
        articles=[first],
        sketches=[sketch(first, [1, 2, 3])],
        assignments=[own],
        mentions=[mention(first, own["story_id"])],
    )


def night(
    seed: int,
    articles: int = 50,
    mentions_each: float = 3.0,
    day: date = date(2026, 3, 1),
    earlier: list[Stage] | None = None,
    words: int = 120,
) -> Stage:
    """Return a random night of `articles` articles around `day`.

    Some articles are undated, some copies of each other, some copies of an article of an earlier
    night: then the whole story may move to another id or get another canonical article, as
    deduplication does it. Stages of `earlier` must be all nights loaded before, in order.
    """
    random_ = random.Random(seed)
    earlier = earlier or []
    stage = Stage()
    known: dict[str, dict[str, Any]] = {}
    dated: dict[str, dict[str, Any]] = {}
    coded: dict[str, list[dict[str, Any]]] = {}
    for past in earlier:
        known.update({row["article_id"]: row for row in past.assignments})
        dated.update({row["article_id"]: row for row in past.articles})
        for row in past.mentions:
            coded.setdefault(row["article_id"], []).append(row)
    stories: dict[str, list[str]] = {}
    for key, row in known.items():
        stories.setdefault(row["story_id"], []).append(key)
    tonight: dict[str, dict[str, Any]] = {}
    per_dump = 25
    for number in range(articles):
        name = f"night-{seed}-{number // per_dump}"
        if number % per_dump == 0:
            flags = random_.choice([[], [], ["ambiguous_layout"], ["replaced_characters"]])
            held = min(per_dump, articles - number)
            stage.dumps.append(dump(name, held, 1, bytes=random_.randrange(9999), flags=flags))
            reason = random_.choice(["not_article", "no_text", "bad_record"])
            stage.rejects.append(
                {
                    "dump_id": content_id("dump", name),
                    "char_start": 90,
                    "char_end": 95 + random_.randrange(5),
                    "reason": reason,
                    "detail": "between stories",
                    "excerpt": "-----",
                }
            )
        body = " ".join(random_.choices(WORDS, k=words)) + f" {seed} {number}."
        published = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
            days=random_.randrange(-3, 1), minutes=random_.randrange(1440)
        )
        undated = random_.random() < 0.1
        row = article(
            name,
            number % per_dump,
            body,
            source=random_.choice(SOURCES),
            url=random_.choice([None, f"https://example.org/{seed}/{number}"]),
            published_at=None if undated or random_.random() < 0.2 else published,
            publish_date=None if undated else published.date(),
            publish_date_source="none" if undated else "header",
            segment_confidence=round(random_.random(), 2),
        )
        stage.articles.append(row)
        stage.sketches.append(sketch(row, [random_.getrandbits(31) for _ in range(20)]))
        luck = random_.random()
        if luck < 0.1 and stories:
            # A copy of an earlier story. Half of the time it takes the story over.
            old = random_.choice(sorted(stories))
            if luck < 0.05:
                new = content_id("story", row["article_id"])
                for key in stories.pop(old):
                    moved = known.get(key) or tonight[key]
                    tonight[key] = moved | {
                        "story_id": new, "is_canonical": False, "similarity": 0.8,
                        "reason": "taken over",
                    }  # fmt: skip
                    stories.setdefault(new, []).append(key)
                tonight[row["article_id"]] = assignment(row)
                stories[new].append(row["article_id"])
            else:
                tonight[row["article_id"]] = assignment(row, "x") | {"story_id": old}
                stories[old].append(row["article_id"])
        elif luck < 0.3 and stories:
            old = random_.choice(sorted(stories))
            tonight[row["article_id"]] = assignment(row, "x") | {"story_id": old}
            stories[old].append(row["article_id"])
        else:
            tonight[row["article_id"]] = assignment(row)
            stories.setdefault(tonight[row["article_id"]]["story_id"], []).append(row["article_id"])
    stage.assignments = list(tonight.values())
    _thread(random_, stage, earlier)
    for row in stage.articles:
        own = tonight[row["article_id"]]
        if own["is_canonical"]:
            for number in range(round(random_.expovariate(1 / mentions_each))):
                stage.mentions.append(_random_mention(random_, row, own["story_id"], number, day))
    return stage


def _thread(random_: random.Random, stage: Stage, earlier: list[Stage]) -> None:
    """Put tonight's stories into threads at random; some threads of earlier nights become one."""
    within = {row["story_id"]: row["thread_id"] for past in earlier for row in past.threads}
    by_id = {row["article_id"]: row for past in [*earlier, stage] for row in past.articles}
    before = dict(within)
    for row in stage.assignments:
        if not row["is_canonical"]:
            continue
        story = row["story_id"]
        of = by_id[row["article_id"]]
        stage.story_terms.append(
            story_terms(of, story, {random_.randrange(1, 500) for _ in range(8)})
        )
        if story not in within:
            joins = within and random_.random() < 0.4
            within[story] = random_.choice(sorted(within.values())) if joins else story
    if len(set(within.values())) > 3:
        one, two = random_.sample(sorted(set(within.values())), 2)
        within = {story: one if at == two else at for story, at in within.items()}
    represented = {row["story_id"] for row in stage.story_terms}
    stage.threads = [
        thread(story, at)
        for story, at in within.items()
        if story in represented or before.get(story) != at
    ]
    last = {row["article_id"]: row["version"] for past in earlier for row in past.updates}
    for row in stage.articles:
        old = random_.choice(sorted(last)) if last and random_.random() < 0.2 else None
        stage.updates.append(
            update(row)
            if old is None
            else update(
                row,
                last[old] + 1,
                update_kind=random_.choice(["update", "correction", "withdrawal"]),
                update_marker="UPDATE 1-",
                updates_article_id=old,
            )
        )
        last[row["article_id"]] = stage.updates[-1]["version"]


QUANTITIES = [
    {"measure": "arrests", "least": 24.0, "most": 99.0, "unit": "people"},
    {"measure": "protesters", "least": None, "most": 500.0, "unit": "people"},
    {"measure": "money", "least": 1e6, "most": None, "unit": "KES"},
]


def _random_mention(
    random_: random.Random, of: dict[str, Any], story_id: str, number: int, day: date
) -> dict[str, Any]:
    kind, mode, quad, goldstein, cameo = random_.choice(CODES)
    precision = random_.choice(["day", "day", "day", "week", "month", "year", "none"])
    when = day - timedelta(days=random_.randrange(4))
    if precision == "month":
        when = when.replace(day=1)
    elif precision == "year":
        when = when.replace(year=when.year - random_.randrange(3), month=1, day=1)
    actor, recipient = random_.choice(COUNTRIES), random_.choice(COUNTRIES)
    place = random_.choice([None, "Larnia", "Port Aster", "Vell"])
    return mention(
        of,
        story_id,
        number,
        event_type=kind,
        event_mode=mode,
        quad_class=quad,
        goldstein=goldstein,
        cameo_code=cameo,
        contexts=random_.sample(["military", "economic", "election"], random_.randrange(3)),
        actor_name=None if actor is None or random_.random() < 0.5 else f"Actor of {actor}",
        actor_country=actor,
        actor_sector=random_.choice(SECTORS),
        recipient_name=None if recipient is None else f"Actor of {recipient}",
        recipient_country=recipient,
        recipient_sector=random_.choice(SECTORS),
        event_date=None if precision == "none" else when,
        date_precision=precision,
        place_name=place,
        country=None if place is None else random_.choice(("ROU", "KEN")),
        admin1=None if place is None else "Coast",
        latitude=None if place is None else 44.0,
        longitude=None if place is None else 28.0,
        geonames_id=None if place is None else len(place),
        place_precision=None if place is None else random_.choice(["city", "admin1"]),
        time=random_.choice(["past", "past", "past", "ongoing", "future"]),
        polarity=random_.choice(["positive"] * 9 + ["negative"]),
        certainty=random_.choice(["certain"] * 5 + ["claimed", "possible", "hypothetical"]),
        deaths=random_.choice([None, None, None, 0, 3, 12]),
        injuries=random_.choice([None, None, None, 5]),
        quantities=random_.sample(QUANTITIES, random_.randrange(3)),
        confidence=round(random_.random(), 3),
    )


def event_types() -> pl.DataFrame:
    """Return a small ontology: a row a type, and a row a mode."""
    rows: list[dict[str, Any]] = []
    for kind, mode, quad, goldstein, cameo in CODES:
        root = cameo[:2] if cameo else None
        base = {
            "event_type": kind,
            "description": f"What {kind.lower()} means.",
            "source": "own" if quad == 0 else "plover",
            "quad_class": quad,
            "goldstein": goldstein,
            "cameo_root": root,
            "plover_note": "kept aside",
        }
        rows.append(base | {"event_mode": None, "name": kind.title()})
        if mode:
            rows.append(base | {"event_mode": mode, "name": f"{kind.title()}: {mode}"})
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("event_type").cast(pl.Categorical), pl.col("source").cast(pl.Enum(["plover", "own"]))
    )
