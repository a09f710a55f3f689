-- places: one row a place, that is a GeoNames identifier, or a name with country and division

CREATE TABLE places (
    place_id VARCHAR NOT NULL,
    name VARCHAR,
    country VARCHAR,
    admin1 VARCHAR,
    geonames_id BIGINT,
    precision VARCHAR,
    latitude DOUBLE,
    longitude DOUBLE,
    event_count BIGINT NOT NULL,
    first_day DATE,
    last_day DATE
);

COMMENT ON TABLE places IS
    'Where events happen, one row a place.';

COMMENT ON COLUMN places.place_id IS 'Hash of GeoNames identifier, name, country and division';
COMMENT ON COLUMN places.name IS 'Canonical name';
COMMENT ON COLUMN places.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN places.admin1 IS 'First-order division';
COMMENT ON COLUMN places.geonames_id IS 'GeoNames identifier';
COMMENT ON COLUMN places.precision IS 'How exact the place is: city, admin1 or country';
COMMENT ON COLUMN places.latitude IS 'Latitude in degrees, WGS 84';
COMMENT ON COLUMN places.longitude IS 'Longitude in degrees, WGS 84';
COMMENT ON COLUMN places.event_count IS 'Events there, factual or not';
COMMENT ON COLUMN places.first_day IS 'Earliest day of these events';
COMMENT ON COLUMN places.last_day IS 'Latest day of these events';

-- rebuild: the places in touched_places
DELETE FROM places WHERE place_id IN (
    SELECT place_key(geonames_id, name, country, admin1) FROM touched_places
);

INSERT INTO places BY NAME
SELECT
    place_key(e.geonames_id, e.place_name, e.country, e.admin1) AS place_id,
    e.place_name AS name, e.country, e.admin1, e.geonames_id,
    min(e.place_precision) AS precision,
    min(e.latitude) AS latitude,
    min(e.longitude) AS longitude,
    count(*) AS event_count,
    min(e.day) AS first_day,
    max(e.day) AS last_day
FROM events AS e
SEMI JOIN touched_places AS t
    ON t.geonames_id IS NOT DISTINCT FROM e.geonames_id
    AND t.name IS NOT DISTINCT FROM e.place_name
    AND t.country IS NOT DISTINCT FROM e.country
    AND t.admin1 IS NOT DISTINCT FROM e.admin1
WHERE coalesce(e.place_name, e.country, e.admin1) IS NOT NULL
GROUP BY e.geonames_id, e.place_name, e.country, e.admin1
ORDER BY place_id;
