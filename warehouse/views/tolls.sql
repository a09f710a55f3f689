-- tolls: how many people were reported killed and hurt, one row a day and unfolding event

-- Stories about one unfolding event (a thread) repeat its toll, and differ in it: the highest counts,
-- for the country that it was reported from. Threads are not always found whole, so equal tolls of
-- three or more in one country on one day are taken for one, those of violence apart from others.
-- Tolls of weeks or years are none of a day.
CREATE OR REPLACE MACRO tolls(since, until) AS TABLE
WITH told AS (
    SELECT
        e.day, s.thread_id, e.event_id, e.country, e.deaths, e.injuries,
        -- Among equal tolls that with a place counts, then the surest.
        row(
            coalesce(e.deaths, 0), coalesce(e.injuries, 0), e.country IS NOT NULL, e.confidence,
            e.event_id
        ) AS weight,
        e.event_type = 'ASSAULT' AS in_violence
    FROM events AS e
    INNER JOIN stories AS s ON s.story_id = e.story_id
    WHERE e.day BETWEEN since AND until
        AND e.is_factual
        AND e.date_precision IN ('day', 'none')
        AND (e.deaths > 0 OR e.injuries > 0)
),
threaded AS (
    SELECT
        day,
        thread_id,
        arg_max(event_id, weight) AS event_id,
        arg_max(country, weight) AS country,
        max(deaths) AS deaths,
        max(injuries) AS injuries,
        bool_or(in_violence) AS in_violence
    FROM told
    GROUP BY day, thread_id
)
SELECT
    day,
    country,
    in_violence,
    max(coalesce(deaths, 0)) AS deaths,
    max(coalesce(injuries, 0)) AS injuries,
    min(event_id) AS event_id,
    list_sort(list(thread_id)) AS threads
FROM threaded
GROUP BY
    day, country, in_violence,
    CASE
        WHEN deaths >= 3 THEN 'deaths ' || deaths
        WHEN deaths IS NULL AND injuries >= 3 THEN 'injuries ' || injuries
        ELSE thread_id
    END
ORDER BY day, deaths DESC, injuries DESC, event_id;

COMMENT ON MACRO TABLE tolls IS
    'tolls(since, until): people reported killed and hurt a day, the highest toll of each unfolding event, with the event that states it';
