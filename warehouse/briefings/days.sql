-- days: every day that has articles or events, and what happened on it

SELECT
    coalesce(v.day, h.day) AS day,
    coalesce(v.articles, 0) AS articles,
    coalesce(v.stories, 0) AS stories,
    coalesce(h.events, 0) AS events,
    coalesce(h.cooperation, 0) AS cooperation,
    coalesce(h.conflict, 0) AS conflict
FROM (
    SELECT day, sum(articles) AS articles, count(*) AS stories FROM daily_stories GROUP BY day
) AS v
FULL JOIN (
    SELECT
        day,
        count(*) AS events,
        count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
        count(*) FILTER (quad_class IN (3, 4)) AS conflict
    FROM events
    WHERE day IS NOT NULL AND is_factual AND date_precision IN ('day', 'none')
    GROUP BY day
) AS h ON h.day = v.day
ORDER BY day;
