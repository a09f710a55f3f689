-- changes: what there was more or less of than in the 28 days before, the most unusual first

WITH reported AS (
    -- What was known by the end of its day: later stories tell more of earlier days. What is dated to
    -- a week, month or year is no news of its last day.
    SELECT day, event_type, country
    FROM events
    WHERE day BETWEEN $day - 28 AND $day
        AND is_factual
        AND date_precision IN ('day', 'none')
        AND CAST(first_published AS DATE) <= day
),
volume AS (
    SELECT day, count(*) AS events FROM reported GROUP BY day
),
compared AS (
    -- Days count as if as much had been reported on them in all, so that a half-empty night is not
    -- taken for peace nor a busy one for war; days with less than a fifth of that are left out.
    SELECT v.day, t.events / v.events AS scale
    FROM volume AS v
    INNER JOIN volume AS t ON t.day = $day
    WHERE v.day < $day AND v.events >= 0.2 * t.events
),
totals AS (
    -- A country that is NULL is a total, so events without a place are in no row of a country.
    SELECT day, 'events' AS counted, event_type, country, CAST(count(*) AS DOUBLE) AS count
    FROM reported
    GROUP BY GROUPING SETS ((day, event_type), (day, country), (day, event_type, country))
    HAVING grouping(country) = 1 OR country IS NOT NULL
    UNION ALL
    SELECT day, 'deaths', NULL, country, CAST(sum(deaths) AS DOUBLE)
    FROM tolls($day - 28, $day)
    GROUP BY GROUPING SETS ((day), (day, country))
    HAVING grouping(country) = 1 OR country IS NOT NULL
),
series AS (
    SELECT counted, event_type, country FROM totals GROUP BY ALL HAVING max(count) >= 5
),
filled AS (
    -- Deaths do not grow with what is reported, so they are not scaled.
    SELECT
        s.counted, s.event_type, s.country, c.day,
        coalesce(t.count, 0) * CASE WHEN s.counted = 'deaths' THEN 1 ELSE c.scale END AS count
    FROM series AS s
    CROSS JOIN compared AS c
    LEFT JOIN totals AS t
        ON t.day = c.day
        AND t.counted = s.counted
        AND t.event_type IS NOT DISTINCT FROM s.event_type
        AND t.country IS NOT DISTINCT FROM s.country
),
usual AS (
    -- Anscombe's transformation 2 * sqrt(x + 3/8) gives the chance of a Poisson count a spread of 1,
    -- which is also the least that is taken; a median absolute deviation times 1.4826 estimates a
    -- standard deviation.
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
