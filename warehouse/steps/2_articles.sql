-- Articles with their stories; then articles of earlier nights whose story changed.

-- What the stage names of earlier nights: looked up once, by row number, so that only the blocks
-- with a wanted row are read in all columns.
CREATE OR REPLACE TEMP TABLE known_articles AS
WITH named AS (
    SELECT article_id FROM staged_articles
    UNION SELECT article_id FROM staged_assignments
    UNION SELECT article_id FROM staged_mentions
    UNION SELECT article_id FROM staged_recoded
    UNION SELECT unnest([article_id, updates_article_id]) FROM staged_updates
)
SELECT
    article_id, story_id, is_canonical, similarity, story_reason, loaded_at,
    version, update_kind, update_marker, updates_article_id
FROM articles
WHERE rowid IN (SELECT rowid FROM articles WHERE article_id IN (SELECT article_id FROM named));

CREATE OR REPLACE TEMP TABLE new_articles AS
SELECT s.article_id FROM staged_articles AS s
ANTI JOIN known_articles AS known ON known.article_id = s.article_id;

INSERT INTO articles BY NAME
SELECT
    s.*,
    x.story_id, x.is_canonical, x.similarity, x.reason AS story_reason,
    coalesce(u.version, 1) AS version, u.update_kind, u.update_marker, u.updates_article_id,
    r.run_id, r.loaded_at
FROM staged_articles AS s
SEMI JOIN new_articles AS n ON n.article_id = s.article_id
LEFT JOIN staged_assignments AS x ON x.article_id = s.article_id
LEFT JOIN staged_updates AS u ON u.article_id = s.article_id
CROSS JOIN current_run AS r
ORDER BY s.dump_id, s.ordinal;

UPDATE sketches SET size = s.size
FROM (SELECT text_hash, max(size) AS size FROM staged_sketches GROUP BY ALL) AS s
WHERE s.text_hash = sketches.text_hash AND s.size <> sketches.size;

INSERT INTO sketches BY NAME
SELECT s.* FROM staged_sketches AS s
ANTI JOIN sketches AS known
    ON known.text_hash = s.text_hash AND known.published_at IS NOT DISTINCT FROM s.published_at
ORDER BY s.published_at, s.text_hash;

-- Pairs of texts that are alike: what was compared anew replaces what was known.
DELETE FROM similar_texts
WHERE text_a IN (SELECT text_hash FROM staged_again)
    OR text_b IN (SELECT text_hash FROM staged_again)
    OR EXISTS (
        SELECT 1 FROM staged_similar AS s
        WHERE s.text_a = similar_texts.text_a AND s.text_b = similar_texts.text_b
    );

INSERT INTO similar_texts BY NAME SELECT * FROM staged_similar ORDER BY text_a, text_b;

CREATE OR REPLACE TEMP TABLE changed_articles AS
SELECT
    a.article_id,
    a.story_id AS old_story_id,
    x.story_id,
    x.is_canonical,
    x.similarity,
    x.reason,
    a.is_canonical AND NOT x.is_canonical AS is_demoted,
    CAST(a.loaded_at AS DATE) AS load_day
FROM known_articles AS a
INNER JOIN staged_assignments AS x ON x.article_id = a.article_id
WHERE a.story_id <> x.story_id
    OR a.is_canonical <> x.is_canonical
    OR a.similarity <> CAST(x.similarity AS FLOAT)
    OR a.story_reason IS DISTINCT FROM x.reason;

UPDATE articles SET
    story_id = c.story_id,
    is_canonical = c.is_canonical,
    similarity = c.similarity,
    story_reason = c.reason
FROM changed_articles AS c
WHERE c.article_id = articles.article_id;

INSERT INTO boilerplate BY NAME
SELECT DISTINCT s.source, s.fingerprint, r.run_id
FROM staged_boilerplate AS s
ANTI JOIN boilerplate AS known
    ON known.source IS NOT DISTINCT FROM s.source AND known.fingerprint = s.fingerprint
CROSS JOIN current_run AS r
ORDER BY s.source, s.fingerprint;
