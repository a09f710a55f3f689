-- places: where it happened, the places with most events first

SELECT
    place_id,
    name,
    country,
    admin1,
    latitude,
    longitude,
    events,
    verbal_cooperation + material_cooperation AS cooperation,
    verbal_conflict + material_conflict AS conflict,
    material_conflict,
    deaths,
    injuries
FROM daily_places
WHERE day = $day
ORDER BY events DESC, country, name, place_id
LIMIT 400;
