-- stories: one row a story, that is a cluster of articles that are copies of each other

CREATE TABLE stories (
    story_id VARCHAR NOT NULL,
    canonical_article_id VARCHAR NOT NULL,
    title VARCHAR,
    source VARCHAR,
    language VARCHAR,
    first_published TIMESTAMP,
    last_published TIMESTAMP,
    article_count BIGINT NOT NULL,
    source_count BIGINT NOT NULL,
    mention_count BIGINT NOT NULL,
    sources VARCHAR[] NOT NULL,
    thread_id VARCHAR NOT NULL
);

COMMENT ON TABLE stories IS
    'Clusters of articles that are exact, near, truncated or syndicated copies of each other, one row a story.';

COMMENT ON COLUMN stories.story_id IS 'Hash that identifies the story';
COMMENT ON COLUMN stories.canonical_article_id IS 'The article that represents it and is coded for events';
COMMENT ON COLUMN stories.title IS 'Headline of the canonical article';
COMMENT ON COLUMN stories.source IS 'Source of the canonical article';
COMMENT ON COLUMN stories.language IS 'Language of the canonical article';
COMMENT ON COLUMN stories.first_published IS 'Earliest publication of any copy, UTC; midnight where only the day is known; NULL where none is dated';
COMMENT ON COLUMN stories.last_published IS 'Latest publication of any copy, UTC';
COMMENT ON COLUMN stories.article_count IS 'How many articles it has';
COMMENT ON COLUMN stories.source_count IS 'How many different sources printed it (articles without a source not counted)';
COMMENT ON COLUMN stories.mention_count IS 'How many event mentions its canonical article has';
COMMENT ON COLUMN stories.sources IS 'The different sources that printed it, in alphabetical order';
COMMENT ON COLUMN stories.thread_id IS 'The thread that it is in: stories about one unfolding event';

-- rebuild: the stories in touched_stories
DELETE FROM stories WHERE story_id IN (SELECT story_id FROM touched_stories);

INSERT INTO stories BY NAME
WITH members AS (
    SELECT *, coalesce(published_at, CAST(publish_date AS TIMESTAMP)) AS published
    FROM touched_articles
),
threaded AS (
    SELECT story_id, thread_id FROM story_terms
    WHERE story_id IN (SELECT story_id FROM touched_stories)
),
mentions AS (
    SELECT story_id, count(*) AS mention_count
    FROM told
    WHERE story_id IN (SELECT story_id FROM touched_stories)
    GROUP BY ALL
)
SELECT
    a.story_id,
    max(a.article_id) FILTER (a.is_canonical) AS canonical_article_id,
    max(a.title) FILTER (a.is_canonical) AS title,
    max(a.source) FILTER (a.is_canonical) AS source,
    max(a.language) FILTER (a.is_canonical) AS language,
    min(a.published) AS first_published,
    max(a.published) AS last_published,
    count(*) AS article_count,
    count(DISTINCT a.source) AS source_count,
    coalesce(max(m.mention_count), 0) AS mention_count,
    coalesce(list_sort(list(DISTINCT a.source) FILTER (a.source IS NOT NULL)), []) AS sources,
    -- A story that was never threaded is a thread of its own.
    coalesce(max(v.thread_id), a.story_id) AS thread_id
FROM members AS a
LEFT JOIN mentions AS m ON m.story_id = a.story_id
LEFT JOIN threaded AS v ON v.story_id = a.story_id
GROUP BY a.story_id
ORDER BY first_published, a.story_id;
