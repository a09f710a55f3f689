-- Threads and versions. What is loaded already is in a thread of its own and a first version; the
-- next run threads the stories of the month before its own anew, and the versions of a story are
-- found when an article joins it.
ALTER TABLE articles ADD COLUMN version INTEGER DEFAULT 1;
ALTER TABLE articles ADD COLUMN update_kind VARCHAR;
ALTER TABLE articles ADD COLUMN update_marker VARCHAR;
ALTER TABLE articles ADD COLUMN updates_article_id VARCHAR;
ALTER TABLE articles ALTER COLUMN version DROP DEFAULT;
ALTER TABLE articles ALTER COLUMN version SET NOT NULL;
COMMENT ON COLUMN articles.version IS 'Which version of its story it is, from 1; copies of one text are one version';
COMMENT ON COLUMN articles.update_kind IS 'What a marker says of it: snap, update, lead, wrapup, correction, refile, repeat, withdrawal or advisory; update without a marker where a later text of its source has grown; NULL otherwise';
COMMENT ON COLUMN articles.update_marker IS 'The marker as printed, such as UPDATE 2-';
COMMENT ON COLUMN articles.updates_article_id IS 'The article that it updates: the first of the version before; NULL where it is the first version';

CREATE TABLE story_terms (
    story_id VARCHAR NOT NULL,
    thread_id VARCHAR NOT NULL,
    thread_similarity FLOAT,
    thread_reason VARCHAR,
    published_at TIMESTAMP,
    source VARCHAR,
    heading UBIGINT,
    is_template BOOLEAN NOT NULL,
    terms UINTEGER[] NOT NULL,
    weights UTINYINT[] NOT NULL
);

COMMENT ON TABLE story_terms IS
    'What threading remembers of a story: a small weighted vector of stems, names and pairs of names of the beginning of its canonical article, enough to compare any later story with it.';

COMMENT ON COLUMN story_terms.story_id IS 'The story';
COMMENT ON COLUMN story_terms.thread_id IS 'The thread that it is in';
COMMENT ON COLUMN story_terms.thread_similarity IS 'Similarity to the nearest story of the thread when it was threaded, time counted, 0 to 1; NULL for a story alone';
COMMENT ON COLUMN story_terms.thread_reason IS 'What tied it to its thread';
COMMENT ON COLUMN story_terms.published_at IS 'When its canonical article was published, UTC; NULL where unknown';
COMMENT ON COLUMN story_terms.source IS 'Source of its canonical article';
COMMENT ON COLUMN story_terms.heading IS 'Hash of its headline without markers, figures, months and days; a headline that recurs is a rubric''s';
COMMENT ON COLUMN story_terms.is_template IS 'Whether it is a table or a rubric by its looks, and so in no thread';
COMMENT ON COLUMN story_terms.terms IS '32-bit hashes of its terms, ascending; those of pairs of names are odd';
COMMENT ON COLUMN story_terms.weights IS 'What each term counts, in eighths, times four, plus 1 for a name and 2 for a term of the headline';

CREATE TABLE term_days (
    day DATE NOT NULL,
    term UINTEGER NOT NULL,
    stories BIGINT NOT NULL
);

COMMENT ON TABLE term_days IS
    'Document frequencies by day: how rare a term is, and whether it comes in bursts or recurs at an even pace.';

COMMENT ON COLUMN term_days.day IS 'Day of publication';
COMMENT ON COLUMN term_days.term IS '32-bit hash of the term';
COMMENT ON COLUMN term_days.stories IS 'Stories of that day whose vector has it';

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

ALTER TABLE stories ADD COLUMN thread_id VARCHAR DEFAULT '';
ALTER TABLE stories ALTER COLUMN thread_id DROP DEFAULT;
ALTER TABLE stories ALTER COLUMN thread_id SET NOT NULL;
UPDATE stories SET thread_id = story_id;
ALTER TABLE daily_stories ADD COLUMN thread_id VARCHAR DEFAULT '';
ALTER TABLE daily_stories ALTER COLUMN thread_id DROP DEFAULT;
ALTER TABLE daily_stories ALTER COLUMN thread_id SET NOT NULL;
UPDATE daily_stories SET thread_id = story_id;
COMMENT ON COLUMN stories.thread_id IS 'The thread that it is in: stories about one unfolding event';
COMMENT ON COLUMN daily_stories.thread_id IS 'The thread that the story is in';

INSERT INTO threads BY NAME
WITH days AS (
    SELECT
        story_id,
        count(DISTINCT coalesce(publish_date, CAST(published_at AS DATE))) AS day_count
    FROM articles
    GROUP BY story_id
),
places AS (
    SELECT story_id, country, count(*) AS mentions
    FROM event_mentions
    WHERE country IS NOT NULL
    GROUP BY ALL
),
countries AS (
    SELECT story_id, list(country ORDER BY mentions DESC, country) AS countries
    FROM places
    GROUP BY story_id
)
SELECT
    s.story_id AS thread_id, s.title, s.story_id AS leading_story_id,
    s.first_published, s.last_published,
    d.day_count, 1 AS story_count, s.article_count, s.source_count, s.mention_count,
    0 AS correction_count, s.sources,
    coalesce(c.countries, []) AS countries
FROM stories AS s
INNER JOIN days AS d ON d.story_id = s.story_id
LEFT JOIN countries AS c ON c.story_id = s.story_id
ORDER BY s.first_published, s.story_id;
