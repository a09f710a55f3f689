-- actors: one row an actor, that is a canonical name with its country and sector

CREATE TABLE actors (
    actor_id VARCHAR NOT NULL,
    name VARCHAR,
    country VARCHAR,
    sector VARCHAR,
    events_as_actor BIGINT NOT NULL,
    events_as_recipient BIGINT NOT NULL
);

COMMENT ON TABLE actors IS
    'Everybody who acts or is acted upon in events, one row a combination of name, country and sector. name is NULL for unnamed actors such as the police of a country.';

COMMENT ON COLUMN actors.actor_id IS 'Hash of name, country and sector';
COMMENT ON COLUMN actors.name IS 'Canonical name';
COMMENT ON COLUMN actors.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN actors.sector IS 'PLOVER sector';
COMMENT ON COLUMN actors.events_as_actor IS 'Events in which it acts, factual or not';
COMMENT ON COLUMN actors.events_as_recipient IS 'Events in which it is acted upon, factual or not';

-- rebuild: by the differences in event_changes
CREATE OR REPLACE TEMP TABLE actor_changes AS
WITH sides AS (
    SELECT
        actor_name AS name, actor_country AS country, actor_sector AS sector,
        change AS as_actor, 0 AS as_recipient
    FROM event_changes
    UNION ALL
    SELECT recipient_name, recipient_country, recipient_sector, 0, change FROM event_changes
)
SELECT
    actor_key(name, country, sector) AS actor_id,
    name, country, sector,
    sum(as_actor) AS as_actor,
    sum(as_recipient) AS as_recipient
FROM sides
WHERE coalesce(name, country, sector) IS NOT NULL
GROUP BY name, country, sector;

INSERT INTO actors BY NAME
SELECT actor_id, name, country, sector, 0 AS events_as_actor, 0 AS events_as_recipient
FROM actor_changes
WHERE actor_id NOT IN (SELECT actor_id FROM actors)
ORDER BY actor_id;

UPDATE actors SET
    events_as_actor = events_as_actor + c.as_actor,
    events_as_recipient = events_as_recipient + c.as_recipient
FROM actor_changes AS c
WHERE c.actor_id = actors.actor_id AND (c.as_actor <> 0 OR c.as_recipient <> 0);

DELETE FROM actors WHERE events_as_actor = 0 AND events_as_recipient = 0;
