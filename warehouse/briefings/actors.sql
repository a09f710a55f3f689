-- actors: who took part in most events, acting or acted upon

WITH sides AS (
    SELECT
        event_id, actor_name AS name, actor_country AS country, actor_sector AS sector,
        true AS acts, quad_class, goldstein
    FROM events
    WHERE day = $day AND is_factual AND date_precision IN ('day', 'none')
    UNION ALL
    SELECT
        event_id, recipient_name, recipient_country, recipient_sector, false, quad_class, goldstein
    FROM events
    WHERE day = $day AND is_factual AND date_precision IN ('day', 'none')
),
-- An actor on both sides of one event takes part in it once.
parts AS (
    SELECT
        event_id, name, country, sector,
        bool_or(acts) AS acts,
        bool_or(NOT acts) AS is_acted_upon,
        any_value(quad_class) AS quad_class,
        any_value(goldstein) AS goldstein
    FROM sides
    WHERE name IS NOT NULL OR country IS NOT NULL
    GROUP BY ALL
)
SELECT
    actor_key(name, country, sector) AS actor_id,
    name,
    country,
    sector,
    count(*) AS events,
    count(*) FILTER (acts) AS as_actor,
    count(*) FILTER (is_acted_upon) AS as_recipient,
    count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
    count(*) FILTER (quad_class IN (3, 4)) AS conflict,
    events - cooperation - conflict AS neither,
    avg(CAST(goldstein AS DECIMAL(6, 3))) AS mean_goldstein
FROM parts
GROUP BY name, country, sector
ORDER BY events DESC, as_actor DESC, name, country, actor_id
LIMIT 25;
