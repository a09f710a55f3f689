"""What earlier runs remember of texts: all that deduplication asks of the warehouse.

Every function takes a path (opened read-only for the call) or a connection. Texts are named by
their `text_hash`. `without_dumps` are dumps that the run replaces: their articles are as good as
gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.query import connected

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    Warehouse = Path | duckdb.DuckDBPyConnection

_PRINTED = "coalesce(published_at, CAST(publish_date AS TIMESTAMP))"


def known_boilerplate(warehouse: Warehouse, sources: Iterable[str] | None = None) -> pl.DataFrame:
    """Return the fingerprints that recur in sources' articles: `source`, `fingerprint` (UInt32).

    A null source means: whoever publishes it; these always come. Without `sources`, of all.
    """
    wanted = None if sources is None else list(sources)
    with connected(warehouse) as con:
        return con.execute(
            "SELECT source, fingerprint FROM boilerplate"
            " WHERE $sources IS NULL OR source IS NULL"
            " OR list_contains(CAST($sources AS VARCHAR[]), source)"
            " ORDER BY ALL",
            {"sources": wanted},
        ).pl()


def promising(warehouse: Warehouse, keys: pl.DataFrame, search: Mapping[str, float]) -> pl.Series:
    """Return which known texts (`text_hash`) may be alike to tonight's, by the keys they share.

    `keys` has a row for each of tonight's texts, times and keys: `text_hash`, `words`, `size`,
    `published_at`, `key` (UInt32). `search` are the rules of deduplication: two texts share keys
    enough for `score`, or one from `headline` on, and were published within `window` seconds of
    each other. Of a key that is everywhere, the `neighbours` nearest known texts before and after
    each of tonight's count. A text without a time is near every other: of each key, the last
    `neighbours` known texts with a time and as many without.
    """
    import polars as pl

    texts = keys.select("text_hash", "words", "size").unique("text_hash").sort("text_hash")
    texts = texts.with_row_index("number")
    keys = keys.join(texts.select("text_hash", "number"), on="text_hash")
    keys = keys.select(
        pl.col("number").cast(pl.Int32),
        pl.col("published_at").dt.convert_time_zone("UTC").dt.replace_time_zone(None),
        pl.col("key").cast(pl.UInt32),
    )
    window = timedelta(seconds=search["window"])
    first, last = keys.select(
        first=pl.col("published_at").min() - window, last=pl.col("published_at").max() + window
    ).row(0)
    bounds = dict(search) | {
        "first": first,
        "last": last,
        "undated": keys["published_at"].null_count() > 0,
        "neighbours": int(search["neighbours"]),
    }
    with connected(warehouse) as con, _shown(con, tonight_keys=keys, tonight_hashes=texts):
        # As tables, since of a frame the planner knows too little to join well.
        con.execute("CREATE OR REPLACE TEMP TABLE tonight AS FROM tonight_keys")
        con.execute("CREATE OR REPLACE TEMP TABLE tonight_texts AS FROM tonight_hashes")
        found = con.execute(
            """
                WITH remembered AS MATERIALIZED (
                    SELECT k.* FROM (
                        SELECT rowid AS id, published_at, unnest(keys) AS key
                        FROM sketches
                        WHERE $undated OR published_at IS NULL
                            OR published_at BETWEEN $first AND $last
                    ) AS k
                    SEMI JOIN tonight AS t ON t.key = k.key
                ),
                meetings AS MATERIALIZED (
                    SELECT t.number, k.id, t.key,
                        epoch(k.published_at) - epoch(t.published_at) AS later
                    FROM remembered AS k
                    INNER JOIN tonight AS t ON t.key = k.key
                    WHERE abs(epoch(k.published_at) - epoch(t.published_at)) <= $window
                ),
                everywhere AS (
                    SELECT number, key FROM meetings GROUP BY ALL HAVING count(*) > $neighbours
                ),
                -- Without a time there is no nearness: of each key the last texts.
                latest AS MATERIALIZED (
                    SELECT key, published_at IS NULL AS undated,
                        max({'at': published_at, 'id': id}, $neighbours) AS texts
                    FROM remembered
                    WHERE $undated OR published_at IS NULL
                    GROUP BY ALL
                ),
                counted AS (
                    SELECT m.number, m.id, m.key FROM meetings AS m
                    ANTI JOIN everywhere AS e ON e.number = m.number AND e.key = m.key
                    UNION ALL
                    SELECT m.number, m.id, m.key FROM meetings AS m
                    SEMI JOIN everywhere AS e ON e.number = m.number AND e.key = m.key
                    QUALIFY row_number() OVER (
                        PARTITION BY m.number, m.key, m.later >= 0 ORDER BY abs(m.later), m.id
                    ) <= $neighbours
                    UNION ALL
                    SELECT t.number, near.id, t.key
                    FROM (SELECT key, undated, unnest(texts) AS near FROM latest) AS l
                    INNER JOIN tonight AS t ON t.key = l.key
                    WHERE l.undated OR t.published_at IS NULL
                ),
                pairs AS (
                    SELECT number, id, count(*) AS keys, max(key) AS largest
                    FROM counted GROUP BY ALL
                )
                SELECT DISTINCT k.text_hash
                FROM pairs AS p
                INNER JOIN tonight_texts AS t ON t.number = p.number
                INNER JOIN sketches AS k ON k.rowid = p.id
                WHERE k.text_hash <> t.text_hash AND (
                    p.largest >= $headline
                    OR p.keys >= $score * (least(t.size, k.size) + $pad)
                        * least(1, greatest($least_keys, $keys / (greatest(t.words, k.words) - 2)))
                )
                ORDER BY 1
            """,
            bounds,
        ).pl()["text_hash"]
        con.execute("DROP TABLE tonight")
        con.execute("DROP TABLE tonight_texts")
    return found


def texts(
    warehouse: Warehouse, hashes: pl.Series, *, without_dumps: Iterable[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return texts to read again, and who printed them when.

    That is `text_hash`, `title` and `body`, a row a text; and `article_id`, `source`,
    `published_at` (UTC; midnight where only the day is known) and `text_hash`, a row an article.
    """
    with connected(warehouse) as con, _shown(con, wanted_texts=hashes.to_frame("text_hash")):
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE wanted AS
            SELECT article_id, source, {_PRINTED} AS published_at, text_hash
            FROM articles
            WHERE text_hash IN (SELECT text_hash FROM wanted_texts)
                AND NOT list_contains(CAST(? AS VARCHAR[]), dump_id)
            """,
            [list(without_dumps)],
        )
        whole = con.execute(
            """
            SELECT text_hash, title, body FROM articles
            WHERE article_id IN (SELECT min(article_id) FROM wanted GROUP BY text_hash)
            ORDER BY text_hash
            """
        ).pl()
        printed = con.execute("SELECT * FROM wanted ORDER BY article_id").pl()
        con.execute("DROP TABLE wanted")
    return whole, _in_utc(printed)


def texts_with(warehouse: Warehouse, boilerplate: pl.DataFrame) -> pl.Series:
    """Return the known texts that are alike to others and have a key that is boilerplate.

    `boilerplate` (`source`, `fingerprint`) is new: what was counted of it no longer counts.
    """
    with connected(warehouse) as con, _shown(con, found=boilerplate):
        return con.execute(
            """
            WITH alike AS (
                SELECT text_a AS text_hash FROM similar_texts
                UNION SELECT text_b FROM similar_texts
            ),
            held AS (
                SELECT DISTINCT text_hash, unnest(keys) AS key
                FROM sketches WHERE text_hash IN (SELECT text_hash FROM alike)
            ),
            suspect AS (SELECT h.* FROM held AS h SEMI JOIN found AS f ON f.fingerprint = h.key)
            SELECT DISTINCT s.text_hash
            FROM suspect AS s
            INNER JOIN articles AS a ON a.text_hash = s.text_hash
            SEMI JOIN found AS f
                ON f.fingerprint = s.key AND (f.source IS NULL OR f.source = a.source)
            ORDER BY 1
            """
        ).pl()["text_hash"]


def alike(warehouse: Warehouse, hashes: pl.Series) -> pl.Series:
    """Return the texts that have something in common with any of these."""
    with connected(warehouse) as con, _shown(con, wanted_texts=hashes.to_frame("text_hash")):
        return con.execute(
            """
            SELECT text_b AS text_hash FROM similar_texts SEMI JOIN wanted_texts
                ON wanted_texts.text_hash = text_a
            UNION
            SELECT text_a FROM similar_texts SEMI JOIN wanted_texts
                ON wanted_texts.text_hash = text_b
            ORDER BY 1
            """
        ).pl()["text_hash"]


def concerned(
    warehouse: Warehouse,
    hashes: pl.Series,
    *,
    least: float,
    without_dumps: Iterable[str] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what decides on the stories of some texts, tonight's or known.

    Texts that a chain of pairs with a score of at least `least` ties to one of `hashes` are
    concerned, and so are those that shared a text with an article of `without_dumps`. All articles
    of these texts come (schema `Members`: `article_id`, `source`, `text_hash`, `published_at`,
    `size`, `story_id`, `is_canonical`), and all pairs that name one (`text_a`, `text_b`, `score`,
    `weight`, `held`).
    """
    gone = list(without_dumps)
    with connected(warehouse) as con, _shown(con, seeds=hashes.to_frame("text_hash")):
        con.execute(
            """
            CREATE OR REPLACE TEMP TABLE reached AS
            WITH RECURSIVE ties AS (
                SELECT text_a AS here, text_b AS there FROM similar_texts WHERE score >= $least
                UNION ALL
                SELECT text_b, text_a FROM similar_texts WHERE score >= $least
            ),
            reach AS (
                SELECT CAST(text_hash AS VARCHAR) AS text_hash FROM seeds
                UNION
                SELECT text_hash FROM articles
                WHERE list_contains(CAST($gone AS VARCHAR[]), dump_id)
                UNION
                SELECT there FROM ties INNER JOIN reach ON reach.text_hash = ties.here
            )
            SELECT DISTINCT text_hash FROM reach
            """,
            {"least": least, "gone": gone},
        )
        pairs = con.execute(
            """
            SELECT * FROM similar_texts
            WHERE text_a IN (SELECT text_hash FROM reached)
                OR text_b IN (SELECT text_hash FROM reached)
            ORDER BY text_a, text_b
            """
        ).pl()
        members = con.execute(
            f"""
            WITH sizes AS (
                SELECT text_hash, max(size) AS size FROM sketches
                WHERE text_hash IN (SELECT text_hash FROM reached) GROUP BY ALL
            )
            SELECT a.article_id, a.source, a.text_hash, {_PRINTED} AS published_at,
                coalesce(s.size, 0) AS size, a.story_id, a.is_canonical
            FROM articles AS a
            LEFT JOIN sizes AS s ON s.text_hash = a.text_hash
            WHERE a.text_hash IN (SELECT text_hash FROM reached)
                AND NOT list_contains(CAST($gone AS VARCHAR[]), a.dump_id)
            ORDER BY a.article_id
            """,
            {"gone": gone},
        ).pl()
        con.execute("DROP TABLE reached")
    return _in_utc(members), pairs


def unsketched(warehouse: Warehouse, *, rows: int = 20_000) -> Iterator[pl.DataFrame]:
    """Yield the articles, so many at a time, of whose texts nothing is remembered.

    An older version of this program loaded them. Columns: `article_id`, `source`, `published_at`,
    `text_hash`, `title`, `body`.
    """
    with connected(warehouse) as con:
        last = ""
        while True:
            part = con.execute(
                f"""
                SELECT article_id, source, {_PRINTED} AS published_at, text_hash, title, body
                FROM articles AS a
                WHERE article_id > ?
                    AND NOT EXISTS (SELECT 1 FROM sketches AS s WHERE s.text_hash = a.text_hash)
                ORDER BY article_id LIMIT ?
                """,
                [last, rows],
            ).pl()
            if part.is_empty():
                return
            last = part["article_id"][-1]
            yield _in_utc(part)


def _in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return frame.with_columns(pl.col("published_at").dt.replace_time_zone("UTC"))


@contextmanager
def _shown(con: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Let SQL see frames under these names; times in UTC."""
    for name, frame in frames.items():
        con.register(name, frame.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            con.unregister(name)
