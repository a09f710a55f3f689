-- top_story_events: what the stories of these threads report, within a week of the day

WITH told AS (
    SELECT thread_id, story_id
    FROM daily_stories
    WHERE day = $day AND thread_id IN (SELECT unnest(CAST($threads AS VARCHAR[])))
),
near AS (
    SELECT event_id, day, unnest(story_ids) AS story_id
    FROM events
    WHERE day BETWEEN $day - 7 AND $day + 7
        AND is_factual
        AND date_precision IN ('day', 'none')
),
ranked AS (
    SELECT
        t.thread_id, n.event_id,
        count(*) AS stories,
        any_value(n.day) AS day
    FROM near AS n
    INNER JOIN told AS t ON t.story_id = n.story_id
    GROUP BY ALL
)
SELECT r.thread_id, r.event_id
FROM ranked AS r
INNER JOIN events AS e ON e.event_id = r.event_id AND e.day BETWEEN $day - 7 AND $day + 7
QUALIFY row_number() OVER (
    PARTITION BY r.thread_id
    ORDER BY r.stories DESC, e.quad_class = 0, e.actor_name IS NULL, e.recipient_name IS NULL,
        abs(r.day - $day), e.confidence DESC, r.event_id
) <= 5
ORDER BY
    r.thread_id, r.stories DESC, e.quad_class = 0, e.actor_name IS NULL, e.recipient_name IS NULL,
    abs(r.day - $day), e.confidence DESC, r.event_id;
