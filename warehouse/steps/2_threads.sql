-- What threading remembers of stories that came, changed or went, and which thread each is in.

-- Stories that are gone, or that the run reads anew from nothing.
CREATE OR REPLACE TEMP TABLE gone_terms AS
WITH left_behind AS (
    SELECT old_story_id AS story_id FROM changed_articles
    UNION SELECT story_id FROM replaced_articles
),
members AS (
    SELECT story_id, article_id FROM articles
    WHERE story_id IN (SELECT story_id FROM left_behind)
)
SELECT story_id FROM left_behind
WHERE story_id NOT IN (
    SELECT story_id FROM members WHERE article_id NOT IN (SELECT article_id FROM new_articles)
);

CREATE OR REPLACE TEMP TABLE fresh_terms AS
WITH held AS (
    -- By row number: then only the blocks with a wanted row are read in all columns.
    SELECT * FROM story_terms WHERE rowid IN (
        SELECT rowid FROM story_terms WHERE story_id IN (SELECT story_id FROM staged_story_terms)
    )
)
SELECT s.* FROM staged_story_terms AS s
LEFT JOIN held AS known ON known.story_id = s.story_id
WHERE known.story_id IS NULL
    OR s.story_id IN (SELECT story_id FROM gone_terms)
    -- Another article has come to represent the story.
    OR known.terms <> s.terms OR known.weights <> s.weights
    OR known.published_at IS DISTINCT FROM s.published_at
    OR known.source IS DISTINCT FROM s.source
    OR known.heading IS DISTINCT FROM s.heading
    OR known.is_template <> s.is_template;

-- Threads grow and merge but never split, so what changes is whole threads.
CREATE OR REPLACE TEMP TABLE merged_threads AS
SELECT DISTINCT known.thread_id AS old_thread_id, s.thread_id
FROM story_terms AS known
INNER JOIN staged_threads AS s ON s.story_id = known.story_id
WHERE known.thread_id <> s.thread_id
    AND known.story_id NOT IN (SELECT story_id FROM gone_terms);

CREATE OR REPLACE TEMP TABLE threaded_before AS
SELECT story_id, thread_id, thread_similarity, thread_reason, CAST(published_at AS DATE) AS day
FROM story_terms
WHERE story_id IN (SELECT story_id FROM fresh_terms)
    OR story_id IN (SELECT story_id FROM gone_terms)
    OR story_id IN (SELECT story_id FROM staged_threads)
    OR thread_id IN (SELECT old_thread_id FROM merged_threads);

DELETE FROM story_terms
WHERE story_id IN (SELECT story_id FROM fresh_terms)
    OR story_id IN (SELECT story_id FROM gone_terms);

INSERT INTO story_terms BY NAME
SELECT
    f.*,
    coalesce(t.thread_id, b.thread_id, f.story_id) AS thread_id,
    coalesce(t.similarity, b.thread_similarity) AS thread_similarity,
    coalesce(t.reason, b.thread_reason) AS thread_reason
FROM fresh_terms AS f
LEFT JOIN staged_threads AS t ON t.story_id = f.story_id
LEFT JOIN threaded_before AS b
    ON b.story_id = f.story_id AND b.story_id NOT IN (SELECT story_id FROM gone_terms)
ORDER BY f.published_at, f.story_id;

UPDATE story_terms SET
    thread_id = t.thread_id, thread_similarity = t.similarity, thread_reason = t.reason
FROM staged_threads AS t
WHERE t.story_id = story_terms.story_id AND t.thread_id <> story_terms.thread_id;

UPDATE story_terms SET thread_id = m.thread_id
FROM merged_threads AS m
WHERE m.old_thread_id = story_terms.thread_id;

CREATE OR REPLACE TEMP TABLE changed_threads AS
SELECT s.story_id
FROM story_terms AS s
LEFT JOIN threaded_before AS b ON b.story_id = s.story_id
WHERE s.thread_id <> coalesce(b.thread_id, s.story_id)
    AND (
        b.story_id IS NOT NULL OR s.story_id IN (SELECT story_id FROM fresh_terms)
    );

CREATE OR REPLACE TEMP TABLE term_days_touched AS
SELECT CAST(published_at AS DATE) AS day FROM fresh_terms
UNION
SELECT day FROM threaded_before
WHERE story_id IN (SELECT story_id FROM fresh_terms)
    OR story_id IN (SELECT story_id FROM gone_terms);

DELETE FROM term_days WHERE day IN (SELECT day FROM term_days_touched);

INSERT INTO term_days BY NAME
SELECT day, term, count(*) AS stories
FROM (
    SELECT CAST(published_at AS DATE) AS day, unnest(terms) AS term
    FROM story_terms
    WHERE CAST(published_at AS DATE) IN (SELECT day FROM term_days_touched)
)
GROUP BY ALL
ORDER BY day, term;
