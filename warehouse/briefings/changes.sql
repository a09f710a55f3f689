-- changes: what there was more or less of than in the 28 days before, the most unusual first

-- Counts of a day are compared with those of the days before as if as many articles had been
-- published then, so that a half-empty night is not taken for peace; days with less than a fifth of
-- the day's articles are left out. The score is a robust z: how far the count lies from the median,
-- in spreads (the median absolute deviation, scaled to a standard deviation), after Anscombe's
-- transformation 2 * sqrt(x + 3/8), under which the chance of a Poisson count is 1, which is also
-- the least spread that is taken.
WITH volume AS (
    SELECT day, sum(articles) AS articles
    FROM daily_stories
    WHERE day BETWEEN $day - 28 AND $day
    GROUP BY day
),
compared AS (
    SELECT v.day, t.articles / v.articles AS scale
    FROM volume AS v
    INNER JOIN volume AS t ON t.day = $day
    WHERE v.day < $day AND v.articles >= 0.2 * t.articles
),
-- Stories about one unfolding event (a thread) repeat its toll, and differ in it: the highest counts,
-- once a country. Threads are not always found whole, so equal tolls of three or more in one country
-- on one day are taken for one. Tolls of weeks or years are none of a day.
thread_tolls AS (
    SELECT
        e.day, e.country, s.thread_id,
        max(e.deaths) AS deaths,
        max(e.injuries) AS injuries,
        bool_or(e.event_type = 'ASSAULT') AS in_violence
    FROM events AS e
    INNER JOIN stories AS s ON s.story_id = e.story_id
    WHERE e.day BETWEEN $day - 28 AND $day
        AND e.is_factual
        AND e.date_precision = 'day'
        AND coalesce(e.deaths, e.injuries) IS NOT NULL
    GROUP BY ALL
),
tolls AS (
    SELECT
        day, country,
        max(deaths) AS deaths,
        max(injuries) AS injuries,
        bool_or(in_violence) AS in_violence
    FROM thread_tolls
    GROUP BY
        day, country,
        CASE
            WHEN deaths >= 3 THEN 'deaths ' || deaths
            WHEN deaths IS NULL AND injuries >= 3 THEN 'injuries ' || injuries
            ELSE thread_id
        END
),
-- A country that is NULL is a total, so events without a place are in no row of a country.
totals AS (
    SELECT day, 'events' AS counted, event_type, country, CAST(sum(events) AS DOUBLE) AS count
    FROM daily_events
    WHERE day BETWEEN $day - 28 AND $day
    GROUP BY GROUPING SETS ((day), (day, event_type), (day, country), (day, event_type, country))
    HAVING grouping(country) = 1 OR country IS NOT NULL
    UNION ALL
    SELECT day, 'deaths', NULL, country, CAST(coalesce(sum(deaths), 0) AS DOUBLE)
    FROM tolls
    GROUP BY GROUPING SETS ((day), (day, country))
    HAVING grouping(country) = 1 OR country IS NOT NULL
),
series AS (
    SELECT counted, event_type, country FROM totals GROUP BY ALL HAVING max(count) >= 5
),
filled AS (
    SELECT
        s.counted, s.event_type, s.country, c.day,
        coalesce(t.count, 0) * c.scale AS count
    FROM series AS s
    CROSS JOIN compared AS c
    LEFT JOIN totals AS t
        ON t.day = c.day
        AND t.counted = s.counted
        AND t.event_type IS NOT DISTINCT FROM s.event_type
        AND t.country IS NOT DISTINCT FROM s.country
),
usual AS (
    SELECT
        counted, event_type, country,
        count(*) AS days,
        median(count) AS median_28,
        median(count) FILTER (day >= $day - 7) AS median_7,
        quantile_cont(count, 0.25) AS low_28,
        quantile_cont(count, 0.75) AS high_28,
        median(2 * sqrt(count + 0.375)) AS centre,
        greatest(1, 1.4826 * mad(2 * sqrt(count + 0.375))) AS spread
    FROM filled
    GROUP BY ALL
),
scored AS (
    SELECT
        u.*,
        coalesce(t.count, 0) AS count,
        (2 * sqrt(coalesce(t.count, 0) + 0.375) - u.centre) / u.spread AS score
    FROM usual AS u
    LEFT JOIN totals AS t
        ON t.day = $day
        AND t.counted = u.counted
        AND t.event_type IS NOT DISTINCT FROM u.event_type
        AND t.country IS NOT DISTINCT FROM u.country
    WHERE u.days >= 7
)
SELECT
    counted,
    event_type,
    country,
    CAST(count AS BIGINT) AS count,
    median_7,
    median_28,
    low_28,
    high_28,
    days,
    score,
    count(*) OVER () AS looked_at
FROM scored
WHERE count >= 5 OR median_28 >= 5
ORDER BY abs(score) DESC, counted, event_type NULLS FIRST, country NULLS FIRST
LIMIT 200;
