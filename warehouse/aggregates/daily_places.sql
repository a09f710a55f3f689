-- daily_places: one row a day and place

CREATE TABLE daily_places (
    day DATE NOT NULL,
    place_id VARCHAR NOT NULL,
    name VARCHAR,
    country VARCHAR,
    admin1 VARCHAR,
    latitude DOUBLE,
    longitude DOUBLE,
    events BIGINT NOT NULL,
    verbal_cooperation BIGINT NOT NULL,
    material_cooperation BIGINT NOT NULL,
    verbal_conflict BIGINT NOT NULL,
    material_conflict BIGINT NOT NULL,
    mentions BIGINT NOT NULL,
    deaths BIGINT NOT NULL,
    injuries BIGINT NOT NULL
);

COMMENT ON TABLE daily_places IS
    'Daily factual events at each place.';

COMMENT ON COLUMN daily_places.day IS 'Day of the events';
COMMENT ON COLUMN daily_places.place_id IS 'The place, as in places';
COMMENT ON COLUMN daily_places.name IS 'Canonical name';
COMMENT ON COLUMN daily_places.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN daily_places.admin1 IS 'First-order division';
COMMENT ON COLUMN daily_places.latitude IS 'Latitude in degrees, WGS 84';
COMMENT ON COLUMN daily_places.longitude IS 'Longitude in degrees, WGS 84';
COMMENT ON COLUMN daily_places.events IS 'Factual events';
COMMENT ON COLUMN daily_places.verbal_cooperation IS 'Of these, quad class 1';
COMMENT ON COLUMN daily_places.material_cooperation IS 'Of these, quad class 2';
COMMENT ON COLUMN daily_places.verbal_conflict IS 'Of these, quad class 3';
COMMENT ON COLUMN daily_places.material_conflict IS 'Of these, quad class 4';
COMMENT ON COLUMN daily_places.mentions IS 'Mentions of the events';
COMMENT ON COLUMN daily_places.deaths IS 'People killed, as far as stated; the same toll in one story counts once';
COMMENT ON COLUMN daily_places.injuries IS 'People hurt, as far as stated; the same toll in one story counts once';

-- refresh: the days in touched_days
DELETE FROM daily_places WHERE day IN (SELECT day FROM touched_days);

INSERT INTO daily_places BY NAME
WITH placed_events AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY day, geonames_id, place_name, country, admin1, place_precision, is_factual, story_id, deaths, injuries ORDER BY event_id
        ) = 1 AS is_new_toll
    FROM events
    WHERE day IN (SELECT day FROM touched_days)
        AND is_factual
        AND coalesce(place_name, country, admin1) IS NOT NULL
)
SELECT
    day,
    place_key(geonames_id, place_name, country, admin1, place_precision) AS place_id,
    place_name AS name, country, admin1,
    min(latitude) AS latitude,
    min(longitude) AS longitude,
    count(*) AS events,
    count(*) FILTER (quad_class = 1) AS verbal_cooperation,
    count(*) FILTER (quad_class = 2) AS material_cooperation,
    count(*) FILTER (quad_class = 3) AS verbal_conflict,
    count(*) FILTER (quad_class = 4) AS material_conflict,
    sum(mention_count) AS mentions,
    coalesce(sum(deaths) FILTER (is_new_toll), 0) AS deaths,
    coalesce(sum(injuries) FILTER (is_new_toll), 0) AS injuries
FROM placed_events
GROUP BY day, geonames_id, place_name, country, admin1, place_precision
ORDER BY day, place_id;
