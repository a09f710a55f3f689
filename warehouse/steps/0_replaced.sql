-- Where the run replaces: everything of the stage's dumps that was loaded before goes, so that the
-- stage loads as new. Otherwise these tables are empty.
CREATE OR REPLACE TEMP TABLE promoted_articles (
    article_id VARCHAR, story_id VARCHAR, load_day DATE
);

CREATE OR REPLACE TEMP TABLE replaced_dumps AS
SELECT d.dump_id, CAST(d.loaded_at AS DATE) AS load_day
FROM dumps AS d
SEMI JOIN staged_dumps AS s ON s.dump_id = d.dump_id
CROSS JOIN current_run AS r
WHERE r.replaces;

CREATE OR REPLACE TEMP TABLE replaced_articles AS
SELECT
    article_id, story_id, text_hash,
    CAST(loaded_at AS DATE) AS load_day,
    coalesce(publish_date, CAST(published_at AS DATE)) AS publish_day
FROM articles
WHERE dump_id IN (SELECT dump_id FROM replaced_dumps);

CREATE OR REPLACE TEMP TABLE replaced_mentions AS
SELECT mention_id, event_id
FROM event_mentions
WHERE article_id IN (SELECT article_id FROM replaced_articles);

DELETE FROM event_mentions WHERE mention_id IN (SELECT mention_id FROM replaced_mentions);
DELETE FROM articles WHERE article_id IN (SELECT article_id FROM replaced_articles);
DELETE FROM sketches
WHERE text_hash IN (SELECT text_hash FROM replaced_articles)
    AND NOT EXISTS (
        SELECT 1 FROM articles AS a
        WHERE a.text_hash = sketches.text_hash
            AND coalesce(a.published_at, CAST(a.publish_date AS TIMESTAMP))
                IS NOT DISTINCT FROM sketches.published_at
    );
DELETE FROM rejects WHERE dump_id IN (SELECT dump_id FROM replaced_dumps);
DELETE FROM dumps WHERE dump_id IN (SELECT dump_id FROM replaced_dumps);
