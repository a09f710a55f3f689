-- One row a broken promise among the stories and events made anew; any row fails the load.
WITH made AS (
    SELECT story_id, thread_id FROM stories
    WHERE story_id IN (SELECT story_id FROM touched_stories)
),
threaded AS (
    SELECT thread_id FROM threads WHERE thread_id IN (SELECT thread_id FROM touched_threads)
)
SELECT 'story of no row' AS problem, a.story_id AS id
FROM touched_articles AS a
ANTI JOIN made AS s ON s.story_id = a.story_id
UNION ALL
SELECT 'story of no thread', story_id FROM made
WHERE thread_id NOT IN (SELECT thread_id FROM threaded)
UNION ALL
SELECT 'thread made twice', thread_id FROM threaded
GROUP BY thread_id HAVING count(*) > 1
UNION ALL
SELECT 'event of no row', m.event_id FROM told AS m
ANTI JOIN rebuilt_events AS e ON e.event_id = m.event_id
UNION ALL
SELECT 'event made twice', event_id FROM rebuilt_events
GROUP BY event_id HAVING count(*) > 1
LIMIT 20;
