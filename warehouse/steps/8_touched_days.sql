-- What several daily tables ask of the days in touched_days: which stories tell each event.
CREATE OR REPLACE TEMP TABLE day_reports AS
SELECT event_id, unnest(story_ids) AS story_id
FROM events
WHERE day IN (SELECT day FROM touched_days) AND is_factual;
