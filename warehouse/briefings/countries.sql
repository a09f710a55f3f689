-- countries: protests, violence and casualties, by the country where they happened

WITH happened AS (
    SELECT
        country,
        count(*) AS events,
        count(*) FILTER (event_type = 'PROTEST') AS protests,
        count(*) FILTER (event_type = 'ASSAULT') AS violence,
        count(*) FILTER (event_type IN ('COERCE', 'MOBILIZE', 'THREATEN')) AS coercion
    FROM events
    WHERE day = $day AND is_factual AND date_precision IN ('day', 'none')
    GROUP BY country
),
hurt AS (
    SELECT
        country,
        sum(deaths) FILTER (in_violence) AS deaths_in_violence,
        sum(deaths) FILTER (NOT in_violence) AS other_deaths,
        sum(injuries) AS injuries,
        list(event_id ORDER BY deaths DESC, injuries DESC, event_id) AS toll_events
    FROM tolls($day, $day)
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
    h.events,
    coalesce(t.toll_events, []) AS toll_events
FROM happened AS h
LEFT JOIN hurt AS t ON t.country IS NOT DISTINCT FROM h.country
WHERE len(coalesce(t.toll_events, [])) > 0
    OR (h.country IS NOT NULL AND h.protests + h.violence > 0)
ORDER BY
    coalesce(t.deaths_in_violence, 0) + coalesce(t.other_deaths, 0) DESC, h.violence DESC,
    h.protests DESC, injuries DESC, h.country NULLS LAST;
