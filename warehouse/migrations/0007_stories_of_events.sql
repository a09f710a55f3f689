-- Events name their stories, so that counting a day's does not search all mentions.
ALTER TABLE events ADD COLUMN story_ids VARCHAR[];
UPDATE events SET story_ids = t.story_ids
FROM (
    SELECT event_id, list_sort(list(DISTINCT story_id)) AS story_ids
    FROM event_mentions
    GROUP BY event_id
) AS t
WHERE t.event_id = events.event_id;
COMMENT ON COLUMN events.story_ids IS 'Those stories';

-- Mentions are sought by the runs that loaded them.
INSERT INTO runs BY NAME
SELECT DISTINCT run_id, 'unknown' AS flow, TIMESTAMP '1970-01-01' AS started_at, 'unknown' AS state
FROM event_mentions
WHERE run_id NOT IN (SELECT run_id FROM runs);
