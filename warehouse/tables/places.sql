-- places: one row a place, that is a name with country, division, GeoNames identifier and kind

CREATE TABLE places (
    place_id VARCHAR NOT NULL,
    name VARCHAR,
    country VARCHAR,
    admin1 VARCHAR,
    geonames_id BIGINT,
    precision VARCHAR,
    latitude DOUBLE,
    longitude DOUBLE,
    event_count BIGINT NOT NULL
);

COMMENT ON TABLE places IS
    'Where events happen, one row a place.';

COMMENT ON COLUMN places.place_id IS 'Hash of GeoNames identifier, name, country, division and precision';
COMMENT ON COLUMN places.name IS 'Canonical name';
COMMENT ON COLUMN places.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN places.admin1 IS 'First-order division';
COMMENT ON COLUMN places.geonames_id IS 'GeoNames identifier';
COMMENT ON COLUMN places.precision IS 'How exact the place is: city, admin1 or country';
COMMENT ON COLUMN places.latitude IS 'Latitude in degrees, WGS 84';
COMMENT ON COLUMN places.longitude IS 'Longitude in degrees, WGS 84';
COMMENT ON COLUMN places.event_count IS 'Events there, factual or not';

-- rebuild: by the differences in event_changes
CREATE OR REPLACE TEMP TABLE place_changes AS
SELECT
    place_key(geonames_id, place_name, country, admin1, place_precision) AS place_id,
    place_name AS name, country, admin1, geonames_id, place_precision AS precision,
    min(latitude) AS latitude,
    min(longitude) AS longitude,
    sum(change) AS event_count
FROM event_changes
WHERE coalesce(place_name, country, admin1) IS NOT NULL
GROUP BY geonames_id, place_name, country, admin1, place_precision;

INSERT INTO places BY NAME
SELECT * REPLACE (0 AS event_count)
FROM place_changes
WHERE place_id NOT IN (SELECT place_id FROM places)
ORDER BY place_id;

UPDATE places SET event_count = places.event_count + c.event_count
FROM place_changes AS c
WHERE c.place_id = places.place_id AND c.event_count <> 0;

DELETE FROM places WHERE event_count = 0;
