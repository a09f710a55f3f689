-- dyads: which country did how much to which other, and how kindly

SELECT
    actor_country,
    recipient_country,
    count(*) AS events,
    count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
    count(*) FILTER (quad_class IN (3, 4)) AS conflict,
    CAST(cooperation - conflict AS DOUBLE) / nullif(cooperation + conflict, 0) AS net_cooperation,
    avg(CAST(goldstein AS DECIMAL(6, 3))) AS mean_goldstein
FROM events
WHERE day = $day
    AND is_factual
    AND date_precision IN ('day', 'none')
    AND actor_country <> recipient_country
GROUP BY actor_country, recipient_country
ORDER BY events DESC, conflict DESC, actor_country, recipient_country
LIMIT 200;
