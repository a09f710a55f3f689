-- daily_stories: one row a publication day and story that had an article published on that day

CREATE TABLE daily_stories (
    day DATE NOT NULL,
    story_id VARCHAR NOT NULL,
    title VARCHAR,
    articles BIGINT NOT NULL,
    sources BIGINT NOT NULL,
    articles_to_date BIGINT NOT NULL,
    sources_to_date BIGINT NOT NULL,
    new_sources BIGINT NOT NULL,
    growth DOUBLE,
    age_days INTEGER NOT NULL,
    mentions BIGINT NOT NULL,
    thread_id VARCHAR NOT NULL
);

COMMENT ON TABLE daily_stories IS
    'How stories spread: one row for each day on which copies of a story were published.';

COMMENT ON COLUMN daily_stories.day IS 'Day of publication';
COMMENT ON COLUMN daily_stories.story_id IS 'The story';
COMMENT ON COLUMN daily_stories.title IS 'Headline of its canonical article';
COMMENT ON COLUMN daily_stories.articles IS 'Copies published on this day';
COMMENT ON COLUMN daily_stories.sources IS 'Different sources of those copies';
COMMENT ON COLUMN daily_stories.articles_to_date IS 'Copies published up to and including this day';
COMMENT ON COLUMN daily_stories.sources_to_date IS 'Different sources up to and including this day';
COMMENT ON COLUMN daily_stories.new_sources IS 'Sources that had not printed it before this day';
COMMENT ON COLUMN daily_stories.growth IS 'articles / copies published before this day; NULL on the first day';
COMMENT ON COLUMN daily_stories.age_days IS 'Days since its first publication';
COMMENT ON COLUMN daily_stories.mentions IS 'Event mentions of its canonical article';
COMMENT ON COLUMN daily_stories.thread_id IS 'The thread that the story is in';

-- refresh: the days in touched_days
-- Articles without a publication day are in no row here; daily_ingest counts them as undated.
-- "To date" looks back over all days of a story, so a story's every day is refreshed with it.
DELETE FROM daily_stories WHERE day IN (SELECT day FROM touched_days);

INSERT INTO daily_stories BY NAME
WITH wanted AS (
    -- By row number: then only the blocks with a wanted row are read in all columns.
    SELECT DISTINCT story_id FROM articles WHERE rowid IN (
        SELECT rowid FROM articles
        WHERE coalesce(publish_date, CAST(published_at AS DATE)) IN (SELECT day FROM touched_days)
    )
),
printed AS (
    SELECT story_id, source, coalesce(publish_date, CAST(published_at AS DATE)) AS day
    FROM articles
    WHERE rowid IN (SELECT rowid FROM articles WHERE story_id IN (SELECT story_id FROM wanted))
        AND coalesce(publish_date, CAST(published_at AS DATE)) IS NOT NULL
),
debuts AS (
    SELECT story_id, source, min(day) AS day
    FROM printed
    WHERE source IS NOT NULL
    GROUP BY ALL
),
new_sources AS (
    SELECT story_id, day, count(*) AS new_sources FROM debuts GROUP BY ALL
),
days AS (
    SELECT story_id, day, count(*) AS articles, count(DISTINCT source) AS sources
    FROM printed
    GROUP BY ALL
),
history AS (
    SELECT
        d.*,
        coalesce(n.new_sources, 0) AS new_sources,
        sum(d.articles) OVER so_far AS articles_to_date,
        sum(coalesce(n.new_sources, 0)) OVER so_far AS sources_to_date,
        min(d.day) OVER so_far AS first_day
    FROM days AS d
    LEFT JOIN new_sources AS n ON n.story_id = d.story_id AND n.day = d.day
    WINDOW so_far AS (PARTITION BY d.story_id ORDER BY d.day)
)
SELECT
    h.day, h.story_id, s.title, h.articles, h.sources, h.articles_to_date, h.sources_to_date,
    h.new_sources,
    CAST(h.articles AS DOUBLE) / nullif(h.articles_to_date - h.articles, 0) AS growth,
    h.day - h.first_day AS age_days,
    s.mention_count AS mentions,
    s.thread_id
FROM history AS h
INNER JOIN stories AS s ON s.story_id = h.story_id
WHERE h.day IN (SELECT day FROM touched_days)
ORDER BY h.day, h.story_id;
