-- daily_actors: one row a day and actor, that is name, country and sector

CREATE TABLE daily_actors (
    day DATE NOT NULL,
    actor_id VARCHAR NOT NULL,
    name VARCHAR,
    country VARCHAR,
    sector VARCHAR,
    events BIGINT NOT NULL,
    as_actor BIGINT NOT NULL,
    as_recipient BIGINT NOT NULL,
    cooperation BIGINT NOT NULL,
    conflict BIGINT NOT NULL,
    mentions BIGINT NOT NULL,
    mean_goldstein DOUBLE
);

COMMENT ON TABLE daily_actors IS
    'Daily activity of each actor, acting and acted upon, in factual events.';

COMMENT ON COLUMN daily_actors.day IS 'Day of the events';
COMMENT ON COLUMN daily_actors.actor_id IS 'The actor, as in actors';
COMMENT ON COLUMN daily_actors.name IS 'Canonical name';
COMMENT ON COLUMN daily_actors.country IS 'ISO 3166-1 alpha-3';
COMMENT ON COLUMN daily_actors.sector IS 'PLOVER sector';
COMMENT ON COLUMN daily_actors.events IS 'Factual events that it takes part in, on either side';
COMMENT ON COLUMN daily_actors.as_actor IS 'Of these, events in which it acts';
COMMENT ON COLUMN daily_actors.as_recipient IS 'Of these, events in which it is acted upon';
COMMENT ON COLUMN daily_actors.cooperation IS 'Of these, quad classes 1 and 2';
COMMENT ON COLUMN daily_actors.conflict IS 'Of these, quad classes 3 and 4';
COMMENT ON COLUMN daily_actors.mentions IS 'Mentions of these events';
COMMENT ON COLUMN daily_actors.mean_goldstein IS 'Mean Goldstein score of the events that have one';

-- refresh: the days in touched_days
-- An actor on both sides of one event (a government that splits) takes part in it once.
DELETE FROM daily_actors WHERE day IN (SELECT day FROM touched_days);

INSERT INTO daily_actors BY NAME
WITH day_events AS (
    SELECT * FROM events WHERE day IN (SELECT day FROM touched_days) AND is_factual
),
sides AS (
    SELECT
        day, event_id, actor_name AS name, actor_country AS country, actor_sector AS sector,
        true AS acts, quad_class, mention_count, goldstein
    FROM day_events
    UNION ALL
    SELECT
        day, event_id, recipient_name, recipient_country, recipient_sector,
        false, quad_class, mention_count, goldstein
    FROM day_events
),
parts AS (
    SELECT
        day, event_id, name, country, sector,
        bool_or(acts) AS acts,
        bool_or(NOT acts) AS is_acted_upon,
        any_value(quad_class) AS quad_class,
        any_value(mention_count) AS mention_count,
        any_value(goldstein) AS goldstein
    FROM sides
    WHERE coalesce(name, country, sector) IS NOT NULL
    GROUP BY ALL
)
SELECT
    day,
    actor_key(name, country, sector) AS actor_id,
    name, country, sector,
    count(*) AS events,
    count(*) FILTER (acts) AS as_actor,
    count(*) FILTER (is_acted_upon) AS as_recipient,
    count(*) FILTER (quad_class IN (1, 2)) AS cooperation,
    count(*) FILTER (quad_class IN (3, 4)) AS conflict,
    sum(mention_count) AS mentions,
    avg(CAST(goldstein AS DECIMAL(6, 3))) AS mean_goldstein
FROM parts
GROUP BY day, name, country, sector
ORDER BY day, actor_id;
