-- state: for each of these days a hash of what its briefing is made of, to see whether a page is old

WITH wanted AS (
    SELECT DISTINCT unnest(CAST($days AS DATE[])) AS day
),
bounds AS (
    SELECT min(day) - 28 AS since, max(day) AS until FROM wanted
),
-- Rows change through loads only, so the run that loaded an article stands for all that it says.
printed AS (
    SELECT
        coalesce(publish_date, CAST(published_at AS DATE)) AS day,
        bit_xor(hash(article_id, run_id, story_id, is_canonical)) AS content
    FROM articles
    GROUP BY day
),
happened AS (
    SELECT
        day,
        bit_xor(hash(
            event_id, mention_id, mention_count, story_ids, article_count, source_count, certainty,
            attributed_to, confidence, deaths, injuries, is_factual
        )) AS content,
        -- What a later page says of the day: later stories leave it alone.
        bit_xor(hash(event_id, event_type, country, quad_class)) FILTER (
            is_factual
            AND date_precision IN ('day', 'none')
            AND CAST(first_published AS DATE) <= day
        ) AS content_then
    FROM events
    WHERE day BETWEEN (SELECT since FROM bounds) AND (SELECT until FROM bounds)
    GROUP BY day
),
spread AS (
    SELECT
        day,
        bit_xor(hash(t)) AS content,
        hash(count(*), sum(articles), count(DISTINCT thread_id)) AS content_then
    FROM daily_stories AS t
    WHERE day BETWEEN (SELECT since FROM bounds) AND (SELECT until FROM bounds)
    GROUP BY day
),
parts AS (
    SELECT w.day, hash('printed', p.content) AS content
    FROM wanted AS w
    INNER JOIN printed AS p ON p.day = w.day
    UNION ALL
    SELECT w.day, hash('happened', h.content)
    FROM wanted AS w
    INNER JOIN happened AS h ON h.day = w.day
    UNION ALL
    SELECT w.day, hash('spread', s.content)
    FROM wanted AS w
    INNER JOIN spread AS s ON s.day = w.day
    UNION ALL
    SELECT w.day, hash('happened then', h.day, h.content_then)
    FROM wanted AS w
    INNER JOIN happened AS h ON h.day BETWEEN w.day - 28 AND w.day - 1
    UNION ALL
    SELECT w.day, hash('spread then', s.day, s.content_then)
    FROM wanted AS w
    INNER JOIN spread AS s ON s.day BETWEEN w.day - 28 AND w.day - 1
)
SELECT w.day, md5(CAST(coalesce(bit_xor(p.content), 0) AS VARCHAR)) AS state
FROM wanted AS w
LEFT JOIN parts AS p ON p.day = w.day
GROUP BY w.day
ORDER BY w.day;
