-- actors: one row an actor, that is a canonical name with its country and sector

CREATE TABLE actors (
    actor_id VARCHAR NOT NULL,
    name VARCHAR,
    country VARCHAR,
    sector VARCHAR,
    events_as_actor BIGINT NOT NULL,
    events_as_recipient BIGINT NOT NULL,
    first_day DATE,
    last_day DATE
);

COMMENT ON TABLE actors IS
    'Everybody who acts or is acted upon in events, one row a combination of name, country and sector. name is NULL for unnamed actors such as the police of a country.';

COMMENT ON COLUMN actors.actor_id IS 'Hash of name, country and sector';
COMMENT ON COLUMN actors.name IS 'Canonical name';
COMMENT ON COLUMN actors.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN actors.sector IS 'PLOVER sector';
COMMENT ON COLUMN actors.events_as_actor IS 'Events in which it acts, factual or not';
COMMENT ON COLUMN actors.events_as_recipient IS 'Events in which it is acted upon, factual or not';
COMMENT ON COLUMN actors.first_day IS 'Earliest day of these events';
COMMENT ON COLUMN actors.last_day IS 'Latest day of these events';

-- rebuild: the actors in touched_actors
DELETE FROM actors WHERE actor_id IN (
    SELECT actor_key(name, country, sector) FROM touched_actors
);

INSERT INTO actors BY NAME
WITH sides AS (
    SELECT
        actor_name AS name, actor_country AS country, actor_sector AS sector, day, true AS acts
    FROM events
    UNION ALL
    SELECT recipient_name, recipient_country, recipient_sector, day, false FROM events
)
SELECT
    actor_key(s.name, s.country, s.sector) AS actor_id,
    s.name, s.country, s.sector,
    count(*) FILTER (s.acts) AS events_as_actor,
    count(*) FILTER (NOT s.acts) AS events_as_recipient,
    min(s.day) AS first_day,
    max(s.day) AS last_day
FROM sides AS s
SEMI JOIN touched_actors AS t
    ON t.name IS NOT DISTINCT FROM s.name
    AND t.country IS NOT DISTINCT FROM s.country
    AND t.sector IS NOT DISTINCT FROM s.sector
WHERE coalesce(s.name, s.country, s.sector) IS NOT NULL
GROUP BY s.name, s.country, s.sector
ORDER BY actor_id;
