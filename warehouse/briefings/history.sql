-- history: articles and events of each of the 28 days before and of the day itself

SELECT
    days.day,
    coalesce(v.articles, 0) AS articles,
    coalesce(h.events, 0) AS events,
    coalesce(h.cooperation, 0) AS cooperation,
    coalesce(h.conflict, 0) AS conflict
FROM (
    SELECT CAST(unnest(generate_series($day - 28, $day, INTERVAL 1 DAY)) AS DATE) AS day
) AS days
LEFT JOIN (
    SELECT day, sum(articles) AS articles FROM daily_stories GROUP BY day
) AS v ON v.day = days.day
LEFT JOIN (
    SELECT
        day,
        sum(events) AS events,
        sum(events) FILTER (quad_class IN (1, 2)) AS cooperation,
        sum(events) FILTER (quad_class IN (3, 4)) AS conflict
    FROM daily_events
    GROUP BY day
) AS h ON h.day = days.day
ORDER BY days.day;
