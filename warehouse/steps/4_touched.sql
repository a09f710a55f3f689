-- What the rows that came, moved and went touch: stories, and events as they were before.
CREATE OR REPLACE TEMP TABLE touched_stories AS
SELECT x.story_id FROM staged_assignments AS x
SEMI JOIN new_articles AS n ON n.article_id = x.article_id
UNION SELECT story_id FROM changed_articles
UNION SELECT old_story_id FROM changed_articles
UNION SELECT story_id FROM removed_mentions
UNION SELECT story_id FROM new_mentions
UNION SELECT story_id FROM replaced_articles
UNION SELECT story_id FROM changed_threads
UNION SELECT story_id FROM changed_updates;

-- By row number: then only the blocks with a wanted row are read in all columns.
CREATE OR REPLACE TEMP TABLE touched_articles AS
SELECT
    article_id, dump_id, story_id, is_canonical, title, source, language,
    published_at, publish_date, loaded_at
FROM articles
WHERE rowid IN (SELECT rowid FROM articles WHERE story_id IN (SELECT story_id FROM touched_stories));

-- Threads as they were before and as they are now.
CREATE OR REPLACE TEMP TABLE touched_threads AS
SELECT thread_id FROM stories WHERE story_id IN (SELECT story_id FROM touched_stories)
UNION
SELECT coalesce(v.thread_id, t.story_id)
FROM touched_stories AS t
LEFT JOIN (
    SELECT story_id, thread_id FROM story_terms
    WHERE story_id IN (SELECT story_id FROM touched_stories)
) AS v ON v.story_id = t.story_id;

-- Of stories that were there before, all events; of others, those that came.
CREATE OR REPLACE TEMP TABLE touched_events AS
WITH before AS (
    SELECT story_id, loaded_at FROM touched_articles
    WHERE article_id NOT IN (SELECT article_id FROM new_articles)
)
SELECT event_id FROM event_mentions
WHERE story_id IN (SELECT story_id FROM before)
    AND run_id IN (FROM runs_since((SELECT min(loaded_at) FROM before)))
UNION SELECT event_id FROM new_mentions
UNION SELECT event_id FROM removed_mentions
UNION SELECT event_id FROM replaced_mentions;

CREATE OR REPLACE TEMP TABLE old_events AS
SELECT rowid AS row, first_loaded FROM events
WHERE event_id IN (SELECT event_id FROM touched_events);

-- What this run has not loaded itself belongs to an event that was there before, and was loaded
-- since the first article that tells of it.
CREATE OR REPLACE TEMP TABLE told AS
SELECT * FROM event_mentions WHERE rowid IN (
    SELECT rowid FROM event_mentions
    WHERE event_id IN (SELECT event_id FROM touched_events)
        AND run_id IN (
            SELECT run_id FROM current_run
            UNION FROM runs_since((SELECT min(first_loaded) FROM old_events))
        )
);

-- The articles of all stories that tell the touched events.
CREATE OR REPLACE TEMP TABLE told_articles AS
FROM touched_articles
UNION ALL
SELECT
    article_id, dump_id, story_id, is_canonical, title, source, language,
    published_at, publish_date, loaded_at
FROM articles
WHERE rowid IN (
    SELECT rowid FROM articles WHERE story_id IN (
        SELECT story_id FROM told WHERE story_id NOT IN (SELECT story_id FROM touched_stories)
    )
);

CREATE OR REPLACE TEMP TABLE before_events AS
SELECT
    day,
    actor_name, actor_country, actor_sector,
    recipient_name, recipient_country, recipient_sector,
    geonames_id, place_name, country, admin1, place_precision, latitude, longitude
FROM events WHERE rowid IN (SELECT row FROM old_events);
