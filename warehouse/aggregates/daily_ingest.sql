-- daily_ingest: one row a load day, that is the day (UTC) on which dumps were loaded

CREATE TABLE daily_ingest (
    day DATE NOT NULL,
    dumps BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    flagged_dumps BIGINT NOT NULL,
    flags MAP(VARCHAR, BIGINT),
    articles BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    duplicate_share DOUBLE,
    stories BIGINT NOT NULL,
    sources BIGINT NOT NULL,
    undated BIGINT NOT NULL,
    untitled BIGINT NOT NULL,
    mean_characters DOUBLE,
    first_publish_date DATE,
    last_publish_date DATE,
    rejects BIGINT NOT NULL,
    rejects_by_reason MAP(VARCHAR, BIGINT),
    rejected_characters BIGINT NOT NULL,
    mentions BIGINT NOT NULL,
    coded_articles BIGINT NOT NULL,
    coded_article_share DOUBLE,
    coded_sentences BIGINT NOT NULL,
    coded_text_share DOUBLE
);

COMMENT ON TABLE daily_ingest IS
    'Quality of what was loaded, by load day, so that a half-empty or broken night shows.';

COMMENT ON COLUMN daily_ingest.day IS 'Load day';
COMMENT ON COLUMN daily_ingest.dumps IS 'Dumps loaded';
COMMENT ON COLUMN daily_ingest.bytes IS 'Their size in bytes';
COMMENT ON COLUMN daily_ingest.flagged_dumps IS 'Dumps with a flag for the operator';
COMMENT ON COLUMN daily_ingest.flags IS 'Dumps by flag';
COMMENT ON COLUMN daily_ingest.articles IS 'Articles loaded';
COMMENT ON COLUMN daily_ingest.duplicates IS 'Of these, copies that do not represent their story';
COMMENT ON COLUMN daily_ingest.duplicate_share IS 'duplicates / articles';
COMMENT ON COLUMN daily_ingest.stories IS 'Different stories that the articles belong to';
COMMENT ON COLUMN daily_ingest.sources IS 'Different sources of the articles';
COMMENT ON COLUMN daily_ingest.undated IS 'Articles without a publication day';
COMMENT ON COLUMN daily_ingest.untitled IS 'Articles without a headline';
COMMENT ON COLUMN daily_ingest.mean_characters IS 'Mean length of an article''s title and body';
COMMENT ON COLUMN daily_ingest.first_publish_date IS 'Earliest publication day among the articles';
COMMENT ON COLUMN daily_ingest.last_publish_date IS 'Latest publication day among the articles';
COMMENT ON COLUMN daily_ingest.rejects IS 'Pieces that could not be used';
COMMENT ON COLUMN daily_ingest.rejects_by_reason IS 'Rejects by reason';
COMMENT ON COLUMN daily_ingest.rejected_characters IS 'Characters of those pieces';
COMMENT ON COLUMN daily_ingest.mentions IS 'Event mentions coded from the articles';
COMMENT ON COLUMN daily_ingest.coded_articles IS 'Canonical articles with at least one mention';
COMMENT ON COLUMN daily_ingest.coded_article_share IS 'coded_articles / canonical articles';
COMMENT ON COLUMN daily_ingest.coded_sentences IS 'Sentences with at least one mention';
COMMENT ON COLUMN daily_ingest.coded_text_share IS 'Characters of those sentences / characters of the canonical articles';

-- refresh: the days in touched_days
-- By load day, since that is when a feed breaks and the only day that a reject has.
DELETE FROM daily_ingest WHERE day IN (SELECT day FROM touched_days);

INSERT INTO daily_ingest BY NAME
WITH loaded_dumps AS (
    SELECT *, CAST(loaded_at AS DATE) AS day
    FROM dumps
    WHERE CAST(loaded_at AS DATE) IN (SELECT day FROM touched_days)
),
loaded_articles AS (
    SELECT
        *,
        CAST(loaded_at AS DATE) AS day,
        coalesce(length(title) + 1, 0) + length(body) AS characters
    FROM articles
    -- By row number: then only the blocks with a wanted row are read in all columns.
    WHERE rowid IN (
        SELECT rowid FROM articles
        WHERE CAST(loaded_at AS DATE) IN (SELECT day FROM touched_days)
    )
),
dump_counts AS (
    SELECT
        day,
        count(*) AS dumps,
        sum(bytes) AS bytes,
        count(*) FILTER (len(flags) > 0) AS flagged_dumps
    FROM loaded_dumps
    GROUP BY ALL
),
flag_counts AS (
    SELECT day, map_from_entries(list((flag, dumps) ORDER BY flag)) AS flags
    FROM (
        SELECT day, flag, count(*) AS dumps
        FROM (SELECT day, unnest(flags) AS flag FROM loaded_dumps)
        GROUP BY ALL
    )
    GROUP BY ALL
),
article_counts AS (
    SELECT
        day,
        count(*) AS articles,
        count(*) FILTER (NOT is_canonical) AS duplicates,
        count(DISTINCT story_id) AS stories,
        count(DISTINCT source) AS sources,
        count(*) FILTER (publish_date IS NULL AND published_at IS NULL) AS undated,
        count(*) FILTER (title IS NULL) AS untitled,
        avg(characters) AS mean_characters,
        min(coalesce(publish_date, CAST(published_at AS DATE))) AS first_publish_date,
        max(coalesce(publish_date, CAST(published_at AS DATE))) AS last_publish_date,
        sum(characters) FILTER (is_canonical) AS canonical_characters
    FROM loaded_articles
    GROUP BY ALL
),
sentences AS (
    SELECT
        a.day, m.article_id, m.sentence_index,
        count(*) AS mentions,
        max(m.sentence_end - m.sentence_start) AS characters
    FROM event_mentions AS m
    INNER JOIN loaded_articles AS a ON a.article_id = m.article_id
    WHERE m.run_id IN (FROM runs_since((SELECT min(loaded_at) FROM loaded_articles)))
    GROUP BY ALL
),
coded AS (
    SELECT
        day,
        sum(mentions) AS mentions,
        count(DISTINCT article_id) AS coded_articles,
        count(*) AS coded_sentences,
        sum(characters) AS coded_characters
    FROM sentences
    GROUP BY ALL
),
refused AS (
    -- A reject may come later than its dump (an article on which the extractor failed), so its
    -- load day is that of the run that met it.
    SELECT
        CAST(coalesce(r.finished_at, r.started_at) AS DATE) AS run_day,
        CAST(d.loaded_at AS DATE) AS dump_day,
        x.reason,
        x.char_end - x.char_start AS characters
    FROM rejects AS x
    LEFT JOIN dumps AS d ON d.dump_id = x.dump_id
    LEFT JOIN runs AS r ON r.run_id = x.run_id
),
refused_days AS (
    SELECT coalesce(dump_day, run_day) AS day, reason, characters
    FROM refused
    WHERE coalesce(dump_day, run_day) IN (SELECT day FROM touched_days)
),
reason_counts AS (
    SELECT
        day,
        sum(rejects) AS rejects,
        sum(characters) AS rejected_characters,
        map_from_entries(list((reason, rejects) ORDER BY reason)) AS rejects_by_reason
    FROM (
        SELECT day, reason, count(*) AS rejects, sum(characters) AS characters
        FROM refused_days
        GROUP BY ALL
    )
    GROUP BY ALL
),
days AS (
    SELECT day FROM dump_counts
    UNION
    SELECT day FROM article_counts
    UNION
    SELECT day FROM reason_counts
)
SELECT
    days.day,
    coalesce(d.dumps, 0) AS dumps,
    coalesce(d.bytes, 0) AS bytes,
    coalesce(d.flagged_dumps, 0) AS flagged_dumps,
    coalesce(f.flags, MAP {}) AS flags,
    coalesce(a.articles, 0) AS articles,
    coalesce(a.duplicates, 0) AS duplicates,
    CAST(a.duplicates AS DOUBLE) / a.articles AS duplicate_share,
    coalesce(a.stories, 0) AS stories,
    coalesce(a.sources, 0) AS sources,
    coalesce(a.undated, 0) AS undated,
    coalesce(a.untitled, 0) AS untitled,
    a.mean_characters,
    a.first_publish_date,
    a.last_publish_date,
    coalesce(r.rejects, 0) AS rejects,
    coalesce(r.rejects_by_reason, MAP {}) AS rejects_by_reason,
    coalesce(r.rejected_characters, 0) AS rejected_characters,
    coalesce(c.mentions, 0) AS mentions,
    coalesce(c.coded_articles, 0) AS coded_articles,
    CAST(coalesce(c.coded_articles, 0) AS DOUBLE) / nullif(a.articles - a.duplicates, 0)
        AS coded_article_share,
    coalesce(c.coded_sentences, 0) AS coded_sentences,
    CAST(coalesce(c.coded_characters, 0) AS DOUBLE) / nullif(a.canonical_characters, 0)
        AS coded_text_share
FROM days
LEFT JOIN dump_counts AS d ON d.day = days.day
LEFT JOIN flag_counts AS f ON f.day = days.day
LEFT JOIN article_counts AS a ON a.day = days.day
LEFT JOIN coded AS c ON c.day = days.day
LEFT JOIN reason_counts AS r ON r.day = days.day
ORDER BY days.day;
