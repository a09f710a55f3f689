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
    SELECT day, sum(articles) AS articles
    FROM daily_stories
    WHERE day BETWEEN $day - 28 AND $day
    GROUP BY day
) AS v ON v.day = days.day
LEFT JOIN (
    SELECT
        day,
        count(*) AS events,
        count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
        count(*) FILTER (quad_class IN (3, 4)) AS conflict
    FROM events
    WHERE day BETWEEN $day - 28 AND $day
        AND is_factual
        AND date_precision IN ('day', 'none')
        -- What was known by the end of the day: later stories tell more of earlier days.
        AND CAST(first_published AS DATE) <= day
    GROUP BY day
) AS h ON h.day = days.day
ORDER BY days.day;
