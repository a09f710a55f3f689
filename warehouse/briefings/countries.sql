-- countries: protests, violence and casualties, by the country where they happened

WITH happened AS (
    SELECT
        country,
        sum(events) AS events,
        coalesce(sum(events) FILTER (event_type = 'PROTEST'), 0) AS protests,
        coalesce(sum(events) FILTER (event_type = 'ASSAULT'), 0) AS violence,
        coalesce(sum(events) FILTER (event_type IN ('COERCE', 'MOBILIZE', 'THREATEN')), 0) AS coercion
    FROM daily_events
    WHERE day = $day AND country IS NOT NULL
    GROUP BY country
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
    WHERE e.day = $day
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
hurt AS (
    SELECT
        country,
        sum(deaths) FILTER (in_violence) AS deaths_in_violence,
        sum(deaths) FILTER (NOT in_violence) AS other_deaths,
        sum(injuries) AS injuries
    FROM tolls
    GROUP BY country
)
SELECT
    h.country,
    h.protests,
    h.violence,
    h.coercion,
    coalesce(t.deaths_in_violence, 0) AS deaths_in_violence,
    coalesce(t.other_deaths, 0) AS other_deaths,
    coalesce(t.injuries, 0) AS injuries,
    h.events
FROM happened AS h
LEFT JOIN hurt AS t ON t.country = h.country
WHERE h.protests + h.violence + coalesce(t.deaths_in_violence, t.other_deaths, t.injuries, 0) > 0
ORDER BY
    coalesce(t.deaths_in_violence, 0) + coalesce(t.other_deaths, 0) DESC, h.violence DESC,
    h.protests DESC, injuries DESC, h.country;
