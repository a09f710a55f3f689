-- places: where it happened, the places with most events first

SELECT
    place_key(geonames_id, place_name, country, admin1, place_precision) AS place_id,
    place_name AS name,
    country,
    admin1,
    min(latitude) AS latitude,
    min(longitude) AS longitude,
    count(*) AS events,
    count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
    count(*) FILTER (quad_class IN (3, 4)) AS conflict,
    count(*) FILTER (quad_class = 4) AS material_conflict
FROM events
WHERE day = $day
    AND is_factual
    AND date_precision IN ('day', 'none')
    AND coalesce(place_name, country, admin1) IS NOT NULL
GROUP BY geonames_id, place_name, country, admin1, place_precision
ORDER BY events DESC, country, name, place_id
LIMIT 400;
