-- dyads: which country did how much to which other, and how kindly

SELECT
    actor_country,
    recipient_country,
    events,
    verbal_cooperation,
    material_cooperation,
    verbal_conflict,
    material_conflict,
    net_cooperation,
    mean_goldstein,
    stories,
    sources,
    deaths
FROM daily_dyads
WHERE day = $day AND actor_country <> recipient_country
ORDER BY events DESC, sources DESC, actor_country, recipient_country
LIMIT 200;
