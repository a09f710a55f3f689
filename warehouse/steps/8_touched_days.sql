-- What several daily tables ask of the days in touched_days: which stories tell each event.
CREATE OR REPLACE TEMP TABLE day_reports AS
SELECT DISTINCT m.event_id, m.story_id
FROM event_mentions AS m
INNER JOIN events AS e ON e.event_id = m.event_id
WHERE e.day IN (SELECT day FROM touched_days) AND e.is_factual;
