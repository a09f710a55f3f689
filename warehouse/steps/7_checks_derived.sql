-- One row a broken promise among the stories and events made anew; any row fails the load.
SELECT 'story of no row' AS problem, t.story_id AS id
FROM touched_stories AS t
SEMI JOIN articles AS a ON a.story_id = t.story_id
ANTI JOIN stories AS s ON s.story_id = t.story_id
UNION ALL
SELECT 'story of no thread', s.story_id FROM stories AS s
SEMI JOIN touched_stories AS t ON t.story_id = s.story_id
ANTI JOIN threads AS h ON h.thread_id = s.thread_id
UNION ALL
SELECT 'thread made twice', thread_id FROM threads
SEMI JOIN touched_threads AS t USING (thread_id)
GROUP BY thread_id HAVING count(*) > 1
UNION ALL
SELECT 'event of no row', m.event_id FROM told AS m
ANTI JOIN rebuilt_events AS e ON e.event_id = m.event_id
UNION ALL
SELECT 'event made twice', event_id FROM rebuilt_events
GROUP BY event_id HAVING count(*) > 1
LIMIT 20;
