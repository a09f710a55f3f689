"""A warehouse of ten million events: how long analysts and operators wait.

`python -m tests.benchmarks.scale build [FOLDER] [events]` invents one, `cookbook` times every query
of README's cookbook on it, warm; `night` adds a night of 10,000 events, refreshes the aggregates
and publishes; `sizes` says what the tables take. All is fiction and derives from row numbers.
"""

from __future__ import annotations

import itertools
import re
import shutil
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from transforms.extract import ontology
from warehouse import aggregate, load, publish
from warehouse.connect import open_published

FOLDER = Path("/tmp/newsmill-scale")
A_NIGHT = 10_000
FIRST = date(2023, 1, 1)

# Four events an article that represents its story, a fifth article is a copy, and every fifth event
# is told in two sentences. A story of the next night tells every twentieth once more. Numbers run
# on from night to night.
_INVENTED = """
CREATE OR REPLACE TEMP TABLE kinds AS
SELECT event_type, event_mode, quad_class, goldstein, cameo_code,
    row_number() OVER (ORDER BY event_type, event_mode) - 1 AS kind
FROM event_types;

CREATE OR REPLACE TEMP TABLE lands AS
SELECT country, row_number() OVER (ORDER BY md5(country)) - 1 AS land FROM countries;

CREATE OR REPLACE TEMP MACRO draw(number, salt, below) AS
    CAST(hash(number, salt) % CAST(below AS UBIGINT) AS BIGINT);
-- Low numbers come often, high ones rarely, as names do in news.
CREATE OR REPLACE TEMP MACRO draw_skewed(number, salt, below) AS
    CAST(floor(below * pow(draw(number, salt, 1000000) / 1e6, 3)) AS BIGINT);
CREATE OR REPLACE TEMP MACRO named(letter, number) AS left(md5(concat(letter, number)), 16);

-- Each night loads in a run of its own, at two in the morning.
CREATE OR REPLACE TEMP MACRO loaded_on(day) AS CAST(day + 1 AS TIMESTAMP) + INTERVAL 2 HOUR;
CREATE OR REPLACE TEMP MACRO run_of(day) AS strftime(loaded_on(day), '%Y%m%dT%H%M%S-newsmill');

CREATE OR REPLACE TEMP TABLE numbers AS
SELECT e AS event, e // 4 AS story, $first + CAST(e // $a_night AS INTEGER) AS day, e >= $low AS own
FROM range(greatest($low - $a_night, 0), $high) AS r(e);

CREATE OR REPLACE TEMP TABLE staged_numbers AS
SELECT
    event, story, day, own,
    draw(event, 'second', 5) = 0 AS twice,
    draw(event, 'again', 20) = 0 AS again,
    draw_skewed(event, 'kind', (SELECT count(*) FROM kinds)) AS kind,
    draw_skewed(event, 'actor', 20000) AS actor,
    draw_skewed(event, 'recipient', 20000) AS recipient,
    draw_skewed(event, 'place', 30000) AS place
FROM numbers;
"""

_ARTICLES = """
SELECT
    named('a', s.article) AS article_id,
    named('d', s.day) AS dump_id,
    CAST(s.article % 3125 AS INTEGER) AS ordinal,
    s.article % 3125 * 900 AS char_start,
    s.article % 3125 * 900 + 880 AS char_end,
    concat('Story ', s.story, ' of ', l.country, ' and ', m.country) AS title,
    concat('source-', draw_skewed(s.article, 'source', 500), '.example') AS source,
    concat('https://source.example/', s.article) AS url,
    'en' AS language,
    s.day + to_minutes(draw(s.article, 'minute', 1440)) AS published_at,
    s.day AS publish_date,
    'field' AS publish_date_source,
    (
        SELECT string_agg(list_extract($words, 1 + draw_skewed(s.story * 100 + i, 'w', 400)), ' ')
        FROM range(90) AS r(i)
    ) AS body,
    named('t', s.article) AS text_hash,
    0.9 AS segment_confidence,
    named('s', s.story) AS story_id,
    s.is_canonical,
    if(s.is_canonical, 1, 0.9) AS similarity,
    if(s.is_canonical, 'alone', 'copy') AS story_reason,
    1 AS version,
    run_of(s.day) AS run_id,
    loaded_on(s.day) AS loaded_at
FROM (
    SELECT DISTINCT story, day, story AS article, true AS is_canonical FROM staged_numbers WHERE own
    UNION ALL
    SELECT DISTINCT story, day, 1000000000 + story, false FROM staged_numbers
    WHERE own AND story % 4 = 0
) AS s
INNER JOIN lands AS l ON l.land = draw_skewed(s.story, 'l', 200)
INNER JOIN lands AS m ON m.land = draw_skewed(s.story, 'm', 200)
ORDER BY s.day, article_id
"""

_MENTIONS = """
SELECT
    named('m', event * 3 + nth) AS mention_id,
    named('e', event) AS event_id,
    named('s', teller) AS story_id,
    named('a', teller) AS article_id,
    CAST(event % 4 * 3 + nth AS INTEGER) AS sentence_index,
    concat('Actor ', actor, ' did what is told here to actor ', recipient, ' in place ', place,
        ' on the day before, officials said, number ', event, '.') AS sentence_text,
    CAST(event % 4 * 200 AS INTEGER) AS sentence_start,
    CAST(event % 4 * 200 + 100 AS INTEGER) AS sentence_end,
    'did' AS trigger_text,
    CAST(event % 4 * 200 + 12 AS INTEGER) AS trigger_start,
    CAST(event % 4 * 200 + 15 AS INTEGER) AS trigger_end,
    concat('Actor ', actor) AS actor_text,
    concat('Actor ', actor) AS actor_name,
    l.country AS actor_country,
    list_extract(['GOV', 'MIL', 'REB', 'CVL', 'COP'], 1 + actor % 5) AS actor_sector,
    if(recipient % 4 = 0, NULL, concat('Actor ', recipient)) AS recipient_text,
    recipient_text AS recipient_name,
    if(recipient % 4 = 0, NULL, m.country) AS recipient_country,
    if(recipient % 4 = 0, NULL,
        list_extract(['GOV', 'MIL', 'REB', 'CVL', 'COP'], 1 + recipient % 5)) AS recipient_sector,
    k.event_type, k.event_mode, ['diplomatic'] AS contexts, k.cameo_code,
    k.quad_class, k.goldstein,
    day - CAST(draw(event, 'late', 2) AS INTEGER) AS event_date,
    'day' AS date_precision,
    'yesterday' AS date_text,
    concat('Place ', place) AS place_text,
    concat('Place ', place) AS place_name,
    p.country AS country,
    concat('Region ', place % 900) AS admin1,
    CAST(place % 120 - 50 AS DOUBLE) AS latitude,
    CAST(place % 340 - 170 AS DOUBLE) AS longitude,
    place AS geonames_id,
    'city' AS place_precision,
    if(draw(event, 'time', 12) = 0, 'future', 'past') AS time,
    if(draw(event, 'polarity', 20) = 0, 'negative', 'positive') AS polarity,
    if(draw(event, 'certainty', 4) = 0, 'claimed', 'certain') AS certainty,
    if(draw(event, 'certainty', 4) = 0, 'officials', NULL) AS attributed_to,
    if(k.quad_class = 4 AND draw(event, 'toll', 3) = 0,
        CAST(draw(event, 'dead', 20) AS INTEGER), NULL) AS deaths,
    [] AS quantities,
    0.5 + draw(event, 'sure', 50) / 100 AS confidence,
    'lexicon' AS why,
    run_of(told) AS run_id
FROM (
    SELECT *, 0 AS nth, story AS teller, day AS told FROM staged_numbers WHERE own
    UNION ALL
    SELECT *, 1, story, day FROM staged_numbers WHERE own AND twice
    UNION ALL
    SELECT *, 2, (event + $a_night) // 4, day + 1 FROM staged_numbers
    WHERE again AND event + $a_night >= $low AND event + $a_night < $high
) AS n
INNER JOIN kinds AS k ON k.kind = n.kind
INNER JOIN lands AS l ON l.land = n.actor % 200
INNER JOIN lands AS m ON m.land = n.recipient % 200
INNER JOIN lands AS p ON p.land = n.place % 200
ORDER BY told, article_id, sentence_index
"""

_DUMPS = """
SELECT
    named('d', day) AS dump_id,
    concat('inbox/', day, '.jsonl') AS path,
    md5(concat('sha', day)) AS sha256,
    path AS container_path,
    sha256 AS container_sha256,
    2800000 AS bytes, 'jsonl' AS format, 'utf-8' AS encoding, 'characters' AS offset_unit,
    3125 AS article_count, 0 AS reject_count, [] AS flags, [] AS warnings,
    run_of(day) AS run_id, loaded_on(day) AS loaded_at
FROM (SELECT DISTINCT day FROM numbers WHERE own)
"""

_RUNS = """
SELECT
    run_id, 'nightly' AS flow, loaded_at - INTERVAL 1 HOUR AS started_at,
    loaded_at + INTERVAL 1 MINUTE AS finished_at, 'completed' AS state
FROM dumps
WHERE run_id NOT IN (SELECT run_id FROM runs)
"""

_SKETCHES = """
SELECT
    named('t', s.article) AS text_hash,
    s.day + to_minutes(draw(s.article, 'minute', 1440)) AS published_at,
    90 AS words, 88 AS size,
    (SELECT list(CAST(hash(s.article, i) % 4294967296 AS UINTEGER)) FROM range(20) AS r(i)) AS keys
FROM (
    SELECT DISTINCT story, day, story AS article FROM staged_numbers WHERE own
    UNION ALL
    SELECT DISTINCT story, day, 1000000000 + story FROM staged_numbers
    WHERE own AND story % 4 = 0
) AS s
ORDER BY published_at
"""

_TERMS = """
SELECT
    named('s', s.story) AS story_id,
    s.day + to_minutes(draw(s.story, 'minute', 1440)) AS published_at,
    'source-1.example' AS source, hash(s.story) AS heading, false AS is_template,
    (SELECT list(CAST(draw_skewed(s.story, i, 4e9) AS UINTEGER) ORDER BY i) FROM range(25) AS r(i))
        AS terms,
    (SELECT list(CAST(16 AS UTINYINT)) FROM range(25)) AS weights
FROM (SELECT DISTINCT story, day FROM staged_numbers WHERE own) AS s
ORDER BY published_at
"""

_ASSIGNMENTS = "SELECT article_id, story_id, is_canonical, similarity, story_reason AS reason"
_STORY_COLUMNS = "story_id, is_canonical, similarity, story_reason, version"


def _words() -> list[str]:
    """Pronounceable words, so that text is searched and compressed somewhat as prose is."""
    parts = ["ba", "ro", "ken", "ti", "mal", "su", "dor", "ve", "lin", "gra"]
    return [a + b + c for a in parts for b in parts for c in parts[:4]]


class _Writer:
    """Copies invented rows of a range of events into tables, or into the parts of a stage."""

    def __init__(self, con: duckdb.DuckDBPyConnection, low: int, high: int) -> None:
        self.con = con
        self.bounds = {"low": low, "high": high, "first": FIRST, "a_night": A_NIGHT}
        for statement in _INVENTED.split(";\n"):
            if statement.strip():
                con.execute(statement, self._used(statement))

    def _used(self, query: str) -> dict[str, object]:
        every = self.bounds | {"words": _words()}
        return {name: value for name, value in every.items() if re.search(rf"\${name}\b", query)}

    def insert(self, table: str, query: str) -> None:
        self.con.execute(f"INSERT INTO {table} BY NAME {query}", self._used(query))

    def stage(self, folder: Path, name: str, query: str) -> None:
        (folder / name).mkdir(parents=True, exist_ok=True)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE part AS {query}", self._used(query))
        self.con.execute(f"COPY part TO '{folder / name / '0.parquet'}'")


def build(folder: Path, events: int) -> None:
    """Invent a warehouse of so many events, a million at a time, and derive the rest of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "scale.duckdb"
    path.unlink(missing_ok=True)
    with publish.writing(path) as con:
        load.replace_event_types(con, ontology.event_types())
        con.execute("SET preserve_insertion_order = true")
        for low in range(0, events, 1_000_000):
            started = time.perf_counter()
            high = min(low + 1_000_000, events)
            writer = _Writer(con, low, high)
            writer.insert("dumps", _DUMPS)
            writer.insert("runs", _RUNS)
            writer.insert("articles", _ARTICLES)
            writer.insert("event_mentions", _MENTIONS)
            writer.insert("sketches", _SKETCHES)
            writer.insert("story_terms", f"SELECT *, story_id AS thread_id FROM ({_TERMS})")
            print(f"  {high:,} events, {time.perf_counter() - started:.1f} s", flush=True)
        started = time.perf_counter()
        load.rebuild(con)
        print(f"  derived tables {time.perf_counter() - started:.1f} s", flush=True)
        started = time.perf_counter()
        aggregate.refresh(con, None)
        print(f"  aggregates {time.perf_counter() - started:.1f} s", flush=True)
    print(f"  {path.stat().st_size / 1e9:.2f} GB")


def night(folder: Path, nights: int = 3) -> None:
    """Add nights of 10,000 events each, and print the seconds of every step."""
    path = folder / "scale.duckdb"
    for _ in range(nights):
        with open_published(path) as con:
            row = con.execute("SELECT count(*) FROM events").fetchone()
            assert row is not None
            low = int(row[0])
        stage = folder / f"stage-{low}"
        with duckdb.connect() as scratch:
            scratch.execute("SET TimeZone = 'UTC'")
            scratch.execute(f"ATTACH '{path}' AS w (READ_ONLY)")
            scratch.execute("CREATE TABLE event_types AS FROM w.event_types")
            scratch.execute("CREATE TABLE countries AS FROM w.countries")
            scratch.execute("DETACH w")
            writer = _Writer(scratch, low, low + A_NIGHT)
            whole = f"SELECT * EXCLUDE ({_STORY_COLUMNS}, run_id, loaded_at)"
            unset = ", ".join(
                f"CAST(NULL AS {kind}) AS {name}"
                for name, kind in (
                    ("byline", "VARCHAR"), ("dateline", "VARCHAR"), ("external_id", "VARCHAR"),
                )
            )  # fmt: skip
            writer.stage(stage, "dumps", f"SELECT * EXCLUDE (run_id, loaded_at) FROM ({_DUMPS})")
            writer.stage(stage, "articles", f"{whole}, {unset} FROM ({_ARTICLES})")
            writer.stage(stage, "assignments", f"{_ASSIGNMENTS} FROM ({_ARTICLES})")
            spans = ", ".join(
                f"CAST(NULL AS INTEGER) AS {name}"
                for name in ("actor_start", "actor_end", "recipient_start", "recipient_end",
                             "injuries")
            )  # fmt: skip
            writer.stage(
                stage, "mentions", f"SELECT * EXCLUDE (run_id), {spans} FROM ({_MENTIONS})"
            )
            writer.stage(stage, "sketches", _SKETCHES)
            writer.stage(stage, "story_terms", _TERMS)
            writer.stage(
                stage,
                "threads",
                "SELECT story_id, story_id AS thread_id, CAST(NULL AS FLOAT) AS similarity,"
                f" 'alone' AS reason FROM ({_TERMS})",
            )
        time.sleep(6)  # a night that was replaced a moment ago is not written over
        _publish(path, stage, f"night-{low}")
        shutil.rmtree(stage)


def _publish(path: Path, stage: Path, name: str) -> None:
    cpu = time.process_time()
    marks = [("", time.perf_counter())]
    with publish.writing(path, keep=timedelta(0)) as con:
        marks.append(("private copy", time.perf_counter()))
        loaded = load.load(con, stage, {"run_id": name, "flow": "nightly", "started_at": _now()})
        marks.append(("load", time.perf_counter()))
        aggregate.refresh(con, loaded.days)
        marks.append(("aggregates", time.perf_counter()))
    marks.append(("checkpoint and publish", time.perf_counter()))
    parts = ", ".join(
        f"{what} {at - before:.2f} s" for (_, before), (what, at) in itertools.pairwise(marks)
    )
    whole = marks[-1][1] - marks[0][1]
    cpu = time.process_time() - cpu
    print(f"  {whole:.2f} s ({cpu:.1f} s of CPU): {parts}; {len(loaded.days)} days")


def _now() -> datetime:
    return datetime.now(UTC)


def cookbook(folder: Path, repeats: int = 5) -> None:
    """Time every query of README's cookbook: median of warm runs, rows fetched."""
    for title, query in queries():
        with open_published(folder / "scale.duckdb") as con:
            con.execute(query).fetchall()
            seconds = []
            for _ in range(repeats):
                started = time.perf_counter()
                con.execute(query).fetchall()
                seconds.append(time.perf_counter() - started)
        print(f"  {statistics.median(seconds) * 1000:7.0f} ms  {title}", flush=True)


def queries() -> list[tuple[str, str]]:
    """Return (question, SQL) of README's cookbook."""
    text = Path(__file__).resolve().parents[2].joinpath("README.md").read_text("utf-8")
    text = text.partition("## Cookbook")[2].partition("\n## ")[0]
    found = []
    for part in re.split(r"^\*\*(?=.+\*\*)", text, flags=re.M)[1:]:
        for query in re.findall(r'^\$ newsmill sql "(.+)"$', part, flags=re.M):
            found.append((part.partition("**")[0], query.replace('\\"', '"')))
    return found


def sizes(folder: Path) -> None:
    """Print what every table takes, in MB."""
    with open_published(folder / "scale.duckdb") as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            row = con.execute(
                "SELECT count(DISTINCT block_id) * 0.262144 FROM pragma_storage_info(?)"
                " WHERE persistent",
                [table],
            ).fetchone()
            print(f"  {table:20} {row[0] if row else 0:10.1f} MB")


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    place = Path(rest[0]) if rest else FOLDER
    if command == "build":
        build(place, int(rest[1]) if len(rest) > 1 else 10_000_000)
    else:
        {"night": night, "cookbook": cookbook, "sizes": sizes}[command](place)
