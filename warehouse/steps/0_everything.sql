-- For a rebuild: everything is touched, and nothing was there before.
CREATE OR REPLACE TEMP TABLE current_run AS
SELECT CAST(NULL AS VARCHAR) AS run_id, CAST(NULL AS TIMESTAMP) AS loaded_at;

CREATE OR REPLACE TEMP TABLE touched_stories AS SELECT DISTINCT story_id FROM articles;
CREATE OR REPLACE TEMP TABLE touched_threads AS
SELECT coalesce(v.thread_id, t.story_id) AS thread_id
FROM touched_stories AS t
LEFT JOIN story_terms AS v ON v.story_id = t.story_id;
CREATE OR REPLACE TEMP TABLE touched_events AS SELECT DISTINCT event_id FROM event_mentions;
CREATE OR REPLACE TEMP VIEW told AS FROM event_mentions;
CREATE OR REPLACE TEMP VIEW touched_articles AS FROM articles;
CREATE OR REPLACE TEMP VIEW told_articles AS FROM articles;
CREATE OR REPLACE TEMP TABLE old_events AS SELECT CAST(NULL AS BIGINT) AS row WHERE false;
CREATE OR REPLACE TEMP VIEW staged_articles AS SELECT * FROM articles WHERE false;
CREATE OR REPLACE TEMP TABLE new_articles AS SELECT article_id FROM articles;
CREATE OR REPLACE TEMP TABLE changed_articles AS SELECT CAST(loaded_at AS DATE) AS load_day FROM dumps;
CREATE OR REPLACE TEMP TABLE removed_mentions AS SELECT article_id FROM event_mentions WHERE false;
CREATE OR REPLACE TEMP TABLE new_mentions AS SELECT article_id FROM event_mentions WHERE false;
CREATE OR REPLACE TEMP TABLE promoted_articles AS SELECT CAST(NULL AS DATE) AS load_day;
CREATE OR REPLACE TEMP TABLE replaced_articles AS
SELECT
    CAST(NULL AS VARCHAR) AS article_id,
    CAST(NULL AS DATE) AS load_day,
    CAST(NULL AS DATE) AS publish_day;
CREATE OR REPLACE TEMP TABLE replaced_dumps AS SELECT CAST(NULL AS DATE) AS load_day;
CREATE OR REPLACE TEMP TABLE new_rejects AS FROM rejects WHERE false;
CREATE OR REPLACE TEMP TABLE withdrawn_rejects AS SELECT dump_id FROM rejects WHERE false;

DELETE FROM stories;
DELETE FROM threads;
DELETE FROM events;
DELETE FROM actors;
DELETE FROM places;
DELETE FROM calendar;
DELETE FROM search_documents;
DELETE FROM search_terms;
DELETE FROM search_recent;

CREATE OR REPLACE TEMP TABLE before_events AS
SELECT
    day,
    actor_name, actor_country, actor_sector,
    recipient_name, recipient_country, recipient_sector,
    geonames_id, place_name, country, admin1, place_precision, latitude, longitude
FROM events;
