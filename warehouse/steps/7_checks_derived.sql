-- One row a broken promise among the stories and events made anew; any row fails the load.
WITH members AS (
    SELECT * FROM articles WHERE story_id IN (SELECT story_id FROM touched_stories)
),
coded AS (
    SELECT * FROM event_mentions WHERE event_id IN (SELECT event_id FROM touched_events)
)
SELECT 'story of no row', s.story_id FROM touched_stories AS s
SEMI JOIN members AS m ON m.story_id = s.story_id
ANTI JOIN stories AS t ON t.story_id = s.story_id
UNION ALL
SELECT 'event of no row', c.event_id FROM coded AS c
ANTI JOIN events AS e ON e.event_id = c.event_id
UNION ALL
SELECT 'event loaded twice', event_id FROM events
WHERE event_id IN (SELECT event_id FROM touched_events)
GROUP BY event_id HAVING count(*) > 1
LIMIT 20;
