-- state: for each of these days a hash of what its briefing is made of, to see whether a page is old

WITH wanted AS (
    SELECT DISTINCT unnest(CAST($days AS DATE[])) AS day
),
own AS (
    SELECT day, bit_xor(content) AS content
    FROM (
        SELECT day, hash(t) AS content FROM daily_dyads AS t WHERE day IN (FROM wanted)
        UNION ALL
        SELECT day, hash(t) FROM daily_actors AS t WHERE day IN (FROM wanted)
        UNION ALL
        SELECT day, hash(t) FROM daily_places AS t WHERE day IN (FROM wanted)
        UNION ALL
        SELECT day, hash(event_id, mention_id, mention_count, article_count, deaths, injuries)
        FROM events
        WHERE day IN (FROM wanted)
    )
    GROUP BY day
),
days AS (
    SELECT day, bit_xor(content) AS content
    FROM (
        SELECT day, hash(t) AS content FROM daily_events AS t
        UNION ALL
        SELECT day, hash(t) FROM daily_stories AS t
    )
    GROUP BY day
),
windows AS (
    SELECT w.day, bit_xor(hash(d.day, d.content)) AS content
    FROM wanted AS w
    INNER JOIN days AS d ON d.day BETWEEN w.day - 28 AND w.day
    GROUP BY w.day
)
SELECT w.day, md5(concat_ws('-', o.content, v.content)) AS state
FROM wanted AS w
LEFT JOIN own AS o ON o.day = w.day
LEFT JOIN windows AS v ON v.day = w.day
ORDER BY w.day;
