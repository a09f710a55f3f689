-- threads: one row a thread, that is stories about one unfolding event; a story alone is a thread too

CREATE TABLE threads (
    thread_id VARCHAR NOT NULL,
    title VARCHAR,
    leading_story_id VARCHAR NOT NULL,
    first_published TIMESTAMP,
    last_published TIMESTAMP,
    day_count BIGINT NOT NULL,
    story_count BIGINT NOT NULL,
    article_count BIGINT NOT NULL,
    source_count BIGINT NOT NULL,
    mention_count BIGINT NOT NULL,
    correction_count BIGINT NOT NULL,
    sources VARCHAR[] NOT NULL,
    countries VARCHAR[] NOT NULL
);

COMMENT ON TABLE threads IS
    'Stories about one unfolding event, over hours or days. Every story is in exactly one thread; a story alone is a thread of its own, so ask for story_count > 1.';

COMMENT ON COLUMN threads.thread_id IS 'Identifies the thread: the story_id of its founder, its earliest story when the thread was found; later and late stories do not change it';
COMMENT ON COLUMN threads.title IS 'Headline of the leading story';
COMMENT ON COLUMN threads.leading_story_id IS 'The story that most sources printed, then the one with most articles, then the earliest';
COMMENT ON COLUMN threads.first_published IS 'Earliest publication of any article, UTC; midnight where only the day is known; NULL where none is dated';
COMMENT ON COLUMN threads.last_published IS 'Latest publication of any article, UTC';
COMMENT ON COLUMN threads.day_count IS 'On how many days an article of it was published';
COMMENT ON COLUMN threads.story_count IS 'How many stories it has';
COMMENT ON COLUMN threads.article_count IS 'How many articles those stories have';
COMMENT ON COLUMN threads.source_count IS 'How many different sources printed those articles (articles without a source not counted)';
COMMENT ON COLUMN threads.mention_count IS 'How many event mentions those stories have';
COMMENT ON COLUMN threads.correction_count IS 'How many of the articles are marked as a correction or withdrawal';
COMMENT ON COLUMN threads.sources IS 'The different sources, in alphabetical order';
COMMENT ON COLUMN threads.countries IS 'Countries where its events took place (ISO 3166-1 alpha-3), the most mentioned first';

-- rebuild: the threads in touched_threads
DELETE FROM threads WHERE thread_id IN (SELECT thread_id FROM touched_threads);

INSERT INTO threads BY NAME
WITH members AS MATERIALIZED (
    -- By row number: then only the blocks with a wanted row are read in all columns.
    SELECT * FROM stories WHERE rowid IN (
        SELECT rowid FROM stories WHERE thread_id IN (SELECT thread_id FROM touched_threads)
    )
),
member_articles AS MATERIALIZED (
    SELECT story_id, source, publish_date, published_at, update_kind, loaded_at FROM articles
    WHERE rowid IN (
        SELECT rowid FROM articles WHERE story_id IN (SELECT story_id FROM members)
    )
),
articles_of AS (
    SELECT
        m.thread_id,
        count(DISTINCT coalesce(a.publish_date, CAST(a.published_at AS DATE))) AS day_count,
        count(DISTINCT a.source) AS source_count,
        count(*) FILTER (a.update_kind IN ('correction', 'withdrawal')) AS correction_count,
        coalesce(list_sort(list(DISTINCT a.source) FILTER (a.source IS NOT NULL)), []) AS sources
    FROM member_articles AS a
    INNER JOIN members AS m ON m.story_id = a.story_id
    GROUP BY m.thread_id
),
-- What the touched stories tell is in told; only what others tell is looked for.
placed AS (
    SELECT story_id, country FROM told
    WHERE story_id IN (SELECT story_id FROM touched_stories)
    UNION ALL
    SELECT story_id, country FROM event_mentions
    WHERE story_id IN (
        SELECT story_id FROM members WHERE story_id NOT IN (SELECT story_id FROM touched_stories)
    ) AND run_id IN (FROM runs_since((
        SELECT min(loaded_at) FROM member_articles
        WHERE story_id NOT IN (SELECT story_id FROM touched_stories)
    )))
),
places AS (
    SELECT m.thread_id, e.country, count(*) AS mentions
    FROM placed AS e
    INNER JOIN members AS m ON m.story_id = e.story_id
    WHERE e.country IS NOT NULL
    GROUP BY ALL
),
countries AS (
    SELECT thread_id, list(country ORDER BY mentions DESC, country) AS countries
    FROM places
    GROUP BY thread_id
),
best AS (
    SELECT thread_id, story_id, title FROM members
    QUALIFY row_number() OVER (
        PARTITION BY thread_id
        ORDER BY source_count DESC, article_count DESC, first_published NULLS LAST, story_id
    ) = 1
),
totals AS (
    SELECT
        thread_id,
        min(first_published) AS first_published,
        max(last_published) AS last_published,
        count(*) AS story_count,
        sum(article_count) AS article_count,
        sum(mention_count) AS mention_count
    FROM members
    GROUP BY thread_id
)
SELECT
    t.thread_id, l.title, l.story_id AS leading_story_id,
    t.first_published, t.last_published,
    a.day_count, t.story_count, t.article_count, a.source_count, t.mention_count,
    a.correction_count, a.sources,
    coalesce(c.countries, []) AS countries
FROM totals AS t
INNER JOIN best AS l ON l.thread_id = t.thread_id
INNER JOIN articles_of AS a ON a.thread_id = t.thread_id
LEFT JOIN countries AS c ON c.thread_id = t.thread_id
ORDER BY t.first_published, t.thread_id;
