-- actors: who took part in most events, acting or acted upon

SELECT
    actor_id,
    name,
    country,
    sector,
    events,
    as_actor,
    as_recipient,
    cooperation,
    conflict,
    events - cooperation - conflict AS neither,
    mean_goldstein
FROM daily_actors
WHERE day = $day AND (name IS NOT NULL OR country IS NOT NULL)
ORDER BY events DESC, as_actor DESC, name, country, actor_id
LIMIT 25;
