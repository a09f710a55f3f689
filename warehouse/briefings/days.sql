-- days: every day that has articles, and what happened on it

SELECT
    v.day,
    v.articles,
    v.stories,
    coalesce(h.events, 0) AS events,
    coalesce(h.cooperation, 0) AS cooperation,
    coalesce(h.conflict, 0) AS conflict
FROM (
    SELECT day, sum(articles) AS articles, count(*) AS stories FROM daily_stories GROUP BY day
) AS v
LEFT JOIN (
    SELECT
        day,
        sum(events) AS events,
        sum(events) FILTER (quad_class IN (1, 2)) AS cooperation,
        sum(events) FILTER (quad_class IN (3, 4)) AS conflict
    FROM daily_events
    GROUP BY day
) AS h ON h.day = v.day
ORDER BY v.day;
